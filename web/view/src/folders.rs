//! Where files that a visitor opens stand: their paths as an engine wants them, and a name.

/// Folders of a run's networks; what they are called says which network is inside.
const NETWORKS: [&str; 2] = ["discriminator", "generator"];

/// What to call files, and the path of each below the folders that all of them share.
///
/// Folders beside each other stay in the paths: the files of several models must not seem to be
/// those of one.
pub fn placed(paths: &[&str]) -> (String, Vec<String>) {
    let shared = shared(paths);
    let name = shared.last().map_or_else(|| "your model".to_owned(), |name| format!("“{name}”"));
    let below = |path: &&str| path.split('/').skip(shared.len()).collect::<Vec<_>>().join("/");
    (name, paths.iter().map(below).collect())
}

fn shared<'a>(paths: &[&'a str]) -> Vec<&'a str> {
    let mut shared = paths.first().map_or_else(Vec::new, |path| above(path));
    for path in paths {
        let other = above(path);
        let same = shared.iter().zip(&other).take_while(|(one, other)| one == other).count();
        shared.truncate(same);
    }
    shared
}

/// Folders above a model: all above the file but its network's.
fn above(path: &str) -> Vec<&str> {
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    folders.pop_if(|last| NETWORKS.contains(last));
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(paths: &[&str]) -> (String, String) {
        let (name, paths) = placed(paths);
        (name, paths.join(" "))
    }

    fn expected(name: &str, paths: &str) -> (String, String) {
        (name.to_owned(), paths.to_owned())
    }

    #[test]
    fn a_run_keeps_the_folders_of_its_networks_and_loses_its_own() {
        let run = ["a/run/tokenizer.json", "a/run/generator/x", "a/run/discriminator/x"];
        assert_eq!(said(&run), expected("“run”", "tokenizer.json generator/x discriminator/x"));
        assert_eq!(said(&run[2..]), expected("“run”", "discriminator/x"));
        let network = ["generator/config.json", "generator/model.safetensors"];
        assert_eq!(said(&network), expected("your model", &network.join(" ")));
    }

    #[test]
    fn one_folder_of_files_gives_its_name() {
        let folder = ["electra-small/config.json", "electra-small/vocab.txt"];
        assert_eq!(said(&folder), expected("“electra-small”", "config.json vocab.txt"));
        assert_eq!(said(&["config.json"]), expected("your model", "config.json"));
        assert_eq!(said(&[]), expected("your model", ""));
    }

    #[test]
    fn folders_beside_each_other_stay_apart() {
        let two = ["small-discriminator/config.json", "small-generator/config.json"];
        assert_eq!(said(&two), expected("your model", &two.join(" ")));
        let within = ["hub/small-discriminator/x", "hub/small-generator/x"];
        assert_eq!(said(&within), expected("“hub”", "small-discriminator/x small-generator/x"));
        let runs = ["runs/one/discriminator/x", "runs/two/discriminator/x"];
        assert_eq!(said(&runs), expected("“runs”", "one/discriminator/x two/discriminator/x"));
    }
}
