//! Where documents end, and what is odd in files.

use super::*;
use std::fs;

fn read_all(
    name: &str,
    content: &[u8],
    set: impl Fn(&mut Boundaries),
) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let source = Source::new(&[path.display().to_string()], b"").unwrap();
    let mut boundaries = Boundaries {
        json_field: "text".to_owned(),
        file_is_document: false,
        line_is_document: false,
        whole_documents: None,
        part: PART,
        besides: None,
    };
    set(&mut boundaries);
    let mut documents = Vec::new();
    let warnings = read(&source, &boundaries, &Arc::default(), &mut |batch| {
        documents.extend(batch.parts().map(|part| part.text.to_owned()));
        true
    });
    (documents, warnings.unwrap())
}

#[test]
fn blank_lines_end_documents() {
    let text = b"\n\none\ntwo\n \n\nthree\n";
    let (documents, warnings) = read_all("a.txt", text, |_| ());
    assert_eq!(documents, ["one\ntwo\n", "three\n"]);
    assert_eq!(warnings, [""; 0]);
}

#[test]
fn files_or_lines_are_documents_when_asked() {
    let text = b"one\ntwo\n\nthree\n";
    let (whole, _) = read_all("a.txt", text, |it| it.file_is_document = true);
    assert_eq!(whole, ["one\ntwo\nthree\n"]);
    let (lines, _) = read_all("a.txt", text, |it| it.line_is_document = true);
    assert_eq!(lines, ["one\n", "two\n", "three\n"]);
}

#[test]
fn a_record_is_a_document_and_its_newlines_are_lines() {
    let text = br#"{"text": "one\ntwo\n\nthree", "id": 1}
{"id": 2}
{"text": 3}
nonsense
{"text": "four"}
"#;
    let (documents, warnings) = read_all("a.jsonl", text, |_| ());
    assert_eq!(documents, ["one\ntwo\nthree\n", "four\n"]);
    assert!(warnings[0].contains("3 of 5") && warnings[0].contains("line 2"), "{warnings:?}");
    let (renamed, _) = read_all("a.jsonl", br#"{"body":"x"}"#, |it| it.json_field = "body".into());
    assert_eq!(renamed, ["x\n"]);
}

#[test]
fn files_without_text_and_broken_bytes_are_named() {
    for (content, said) in [
        (&b""[..], "empty"),
        (b"\n \n\n", "no text"),
        (b"fine\nb\xffd\n", "1 byte sequences are no UTF-8 and were left out, the first on line 2"),
    ] {
        let (_, warnings) = read_all("odd.txt", content, |_| ());
        assert!(warnings[0].contains(said) && warnings[0].contains("odd.txt"), "{warnings:?}");
    }
}

#[test]
fn long_documents_are_cut_between_lines_and_nothing_is_lost() {
    let line = "word ".repeat(2000);
    let text = format!("{line}\n").repeat(50);
    let (documents, _) = read_all("a.txt", text.as_bytes(), |_| ());
    assert_eq!(documents.len(), 8);
    assert_eq!(documents.concat(), text);
    let long = "word ".repeat(2 << 20);
    let (documents, warnings) = read_all("a.txt", long.as_bytes(), |_| ());
    assert_eq!(documents, [format!("{long}\n")]);
    assert_eq!(warnings, [""; 0]);
}

#[test]
fn packed_files_read_like_plain_ones() {
    use std::io::Write;
    let text = b"one\ntwo\n\nthree\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text).unwrap();
    // Two members behind one another, as `cat a.gz b.gz` makes them.
    let gzip = gzip.finish().unwrap().repeat(2);
    let expected = ["one\ntwo\n", "three\n", "one\ntwo\n", "three\n"];
    assert_eq!(
        read_all("a.txt.gz", &gzip, |_| ()).0,
        ["one\ntwo\n", "three\none\ntwo\n", "three\n"]
    );
    let zstd = zstd::encode_all(&[&text[..], b"\n"].concat()[..], 1).unwrap().repeat(2);
    assert_eq!(read_all("a.txt.zst", &zstd, |_| ()).0, expected);
}
