"""A fine-tuned model is one of `transformers`' own: loaded without a missing or superfluous weight,
it says what `electra predict` says; in the paper's recipe by its classes, in ours by the code
exported beside the weights."""

import copy
import json
import pathlib
import subprocess
import tempfile
import unittest

import torch
from safetensors.torch import load_file
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForPreTraining,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
)
from transformers.modeling_outputs import BaseModelOutput

from test_export import PROGRAM, train

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
WORDS = "the cat dog sees eats a small red fish house".split()
TEXT = "the cat sees a small red fish"
# Of our recipe, and of heads that `transformers` does not know.
OUR_CODE = {"trust_remote_code": True}


def write_tables(folder):
    """Training files of four tasks over the words of the corpus."""

    def text(row):
        return " ".join(WORDS[(row * 7 + at * at) % 10] for at in range(4 + row % 4))

    rows = range(48)
    lines = [f"{text(row)}\t{('no', 'yes')[row % 2]}\t{row % 7 / 2}" for row in rows]
    (folder / "rows.tsv").write_text("text\tlabel\tscore\n" + "\n".join(lines) + "\n")
    tag = {word: "B-X" if at % 3 == 0 else "O" for at, word in enumerate(WORDS)}
    sentences = ("\n".join(f"{word} {tag[word]}" for word in text(row).split()) for row in rows)
    (folder / "words.conll").write_text("\n\n".join(sentences) + "\n")
    with open(folder / "questions.json", "w") as file:
        paragraphs = []
        for row in rows:
            context = text(row)
            word = context.split()[2]
            answer = {"text": word, "answer_start": context.index(word)}
            question = {"id": str(row), "question": "sees a", "answers": [answer]}
            paragraphs.append({"context": context, "qas": [question]})
        json.dump({"version": "1.1", "data": [{"title": "t", "paragraphs": paragraphs}]}, file)


def fine_tune(run, folder, out, task, *flags):
    command = [PROGRAM, "finetune", "--model", str(run), "--out", str(out), "--task", task]
    command += "--device cpu --quiet --epochs 1 --batch 8 --seq 24".split()
    if "--lr" not in flags:
        command += ["--lr", "0.003"]
    subprocess.run([*command, *flags], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    return out


def predict(out, *arguments):
    command = [PROGRAM, "predict", "--model", str(out), "--json", *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output.splitlines()[0])


class Given(torch.nn.Module):
    """Stands in the place of an encoder and says what is known."""

    def __init__(self, hidden):
        super().__init__()
        self.hidden = hidden

    def forward(self, *_, **__):
        return BaseModelOutput(last_hidden_state=self.hidden)


class Tasks(unittest.TestCase):
    """In the paper's recipe."""

    preset = "small"
    code = {}

    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.folder = pathlib.Path(place.name)
        write_tables(cls.folder)
        cls.run_folder = train(cls.folder, cls.preset)

    def load(self, kind, out, **code):
        code = code or self.code
        model, report = kind.from_pretrained(out, output_loading_info=True, **code)
        for kind_of_problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
            self.assertFalse(report[kind_of_problem], kind_of_problem)
        tokenizer = AutoTokenizer.from_pretrained(out, **code)
        return model.eval(), tokenizer

    def logits(self, kind, out, *texts, **code):
        model, tokenizer = self.load(kind, out, **code)
        encoded = tokenizer(*texts, return_tensors="pt")
        with torch.no_grad():
            return model(**encoded), encoded

    def tuned(self, name, task, *flags):
        return fine_tune(self.run_folder, self.folder, self.folder / name, task, *flags)

    def assert_same_probabilities(self, name, *flags, code={}):
        table = "--kind classification --data rows.tsv --text-column text --label-column label"
        out = self.tuned(name, "own", *table.split(), *flags)
        found = predict(out, TEXT)["probabilities"]
        said, _ = self.logits(AutoModelForSequenceClassification, out, TEXT, **code)
        expected = torch.softmax(said.logits[0], -1)
        names = json.loads((out / "config.json").read_text())["id2label"]
        values = torch.tensor([found[names[str(label)]] for label in range(len(found))])
        torch.testing.assert_close(values, expected, rtol=1e-4, atol=1e-5)

    def test_labels_have_the_same_probabilities(self):
        self.assert_same_probabilities("labels")

    def test_scores_are_on_the_scale_of_the_data(self):
        table = "--kind regression --data rows.tsv --text-column text --label-column score"
        out = self.tuned("scores", "own", *table.split())
        found = predict(out, TEXT)["score"]
        said, _ = self.logits(AutoModelForSequenceClassification, out, TEXT)
        self.assertAlmostEqual(found, said.logits[0, 0].item(), delta=1e-4)

    def test_words_have_the_same_tags(self):
        out = self.tuned("tags", "ner", "--data", "words.conll")
        found = predict(out, TEXT)
        model, tokenizer = self.load(AutoModelForTokenClassification, out)
        encoded = tokenizer(found["words"], is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            shares = torch.softmax(model(**encoded).logits[0], -1)
        owners = encoded.word_ids()
        firsts = [owners.index(word) for word in range(len(found["words"]))]
        tags = [model.config.id2label[shares[at].argmax().item()] for at in firsts]
        self.assertEqual(found["tags"], tags)
        expected = shares[firsts].max(-1).values
        torch.testing.assert_close(torch.tensor(found["probabilities"]), expected, rtol=1e-4, atol=1e-5)

    def test_answers_have_the_same_scores(self):
        out = self.tuned("spans", "squad1", "--data", "questions.json")
        found = predict(out, "sees a", "--pair", TEXT)
        said, encoded = self.logits(AutoModelForQuestionAnswering, out, "sees a", TEXT)
        start, end = said.start_logits[0], said.end_logits[0]
        context = [at for at, owner in enumerate(encoded.sequence_ids()) if owner == 1]
        pairs = [(start[i] + end[j]).item() for i in context for j in context if i <= j]
        none = (start[0] + end[0]).item() - max(pairs)
        self.assertAlmostEqual(found["score"], max(pairs), delta=1e-4)
        self.assertAlmostEqual(found["none_score"], none, delta=1e-4)

    def test_every_head_says_the_same(self):
        for head, code in (("google", OUR_CODE), ("mean", OUR_CODE), ("huggingface", self.code)):
            with self.subTest(head):
                self.assert_same_probabilities(head, "--head", head, code=code)

    def test_the_authors_head_is_as_sure_of_no_answer_and_needs_no_segments(self):
        out = self.tuned("beam", "squad2", "--data", "questions.json", "--head", "google")
        found = predict(out, "sees a", "--pair", TEXT)
        model, tokenizer = self.load(AutoModelForQuestionAnswering, out, **OUR_CODE)
        encoded = tokenizer("sees a", TEXT, return_tensors="pt", return_token_type_ids=True)
        with torch.no_grad():
            said = model(**encoded)
            alone = model(encoded["input_ids"])
        self.assertAlmostEqual(found["none_score"], said.none_logits[0].item(), delta=1e-4)
        self.assertEqual(alone.start_logits.argmax(-1).item(), 0)
        self.assert_head_says_what_core_says(model)

    def assert_head_says_what_core_says(self, model):
        """Core is compared with the same numbers in `tests/span_head.rs`."""
        golden = load_file(GOLDEN / "span_head.safetensors")
        config = copy.deepcopy(model.config)
        config.hidden_size = config.embedding_size = golden["hidden"].shape[-1]
        config.num_attention_heads = 1
        small = type(model)(config).eval()
        head = {name: value for name, value in golden.items() if name.startswith("qa_")}
        self.assertFalse(small.load_state_dict(head, strict=False).unexpected_keys)
        small.electra = Given(golden["hidden"])
        allowed = golden["allowed"].bool()
        segments = allowed.long()
        segments[:, 0] = 0
        with torch.no_grad():
            said = small(token_type_ids=segments)

        def assert_close(found, expected):
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)

        assert_close(said.start_logits[allowed], golden["start_logits"][allowed])
        assert_close(said.none_logits, golden["none_logits"])
        # Ends after the likeliest start: of each, the sum of both logarithms.
        starts = said.start_logits.argmax(-1, keepdim=True)
        ends = golden["beam_ends"][:, 0].long()
        scores = said.start_logits.log_softmax(-1).gather(1, starts)
        scores = scores + said.end_logits.log_softmax(-1).gather(1, ends)
        assert_close(starts[:, 0].float(), golden["beam_starts"][:, 0])
        assert_close(scores, golden["beam_scores"][:, 0])

    def test_the_generator_guesses_the_same(self):
        command = [PROGRAM, "trace", "--model", str(self.run_folder), TEXT, "--mask", "2,5"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        tokens = json.loads(output)["tokens"]
        hidden = [at for at, token in enumerate(tokens) if token.get("hidden")]
        self.assertEqual(hidden, [2, 5])
        model, tokenizer = self.load(AutoModelForMaskedLM, self.run_folder / "generator")
        ids = torch.tensor([[token["id"] for token in tokens]])
        ids[0, hidden] = tokenizer.mask_token_id
        with torch.no_grad():
            shares = torch.softmax(model(ids).logits[0], -1)
        for at in hidden:
            guesses = tokens[at]["candidates"]
            found = torch.tensor([guess["probability"] for guess in guesses])
            expected = shares[at, [guess["id"] for guess in guesses]]
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)

    def test_encoders_alone_have_the_same_states(self):
        for network, kind in (
            ("discriminator", AutoModelForPreTraining),
            ("generator", AutoModelForMaskedLM),
        ):
            with self.subTest(network), torch.no_grad():
                folder, alone = self.run_folder / network, self.folder / f"{network}-encoder"
                command = [PROGRAM, "export", "--model", str(folder), "--out", str(alone)]
                command += ["--class", "encoder"]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                model, tokenizer = self.load(kind, folder)
                encoded = tokenizer(TEXT, return_tensors="pt")
                expected = model.electra(**encoded).last_hidden_state
                # Out of the whole network, whose head is left behind, and by itself.
                for place in (folder, alone):
                    encoder, report = AutoModel.from_pretrained(
                        place, output_loading_info=True, **self.code
                    )
                    self.assertFalse(report["missing_keys"] or report["mismatched_keys"])
                    found = encoder.eval()(**encoded).last_hidden_state
                    torch.testing.assert_close(found, expected)
                self.assertFalse(report["unexpected_keys"])


class ModernTasks(Tasks):
    """In ours, by our own code."""

    preset = "nano"
    code = OUR_CODE

    def test_the_discriminator_says_the_same(self):
        folder = self.run_folder / "discriminator"
        command = [PROGRAM, "detect", "--model", str(self.run_folder), "--json", TEXT]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        tokens = json.loads(output)["tokens"]
        said, encoded = self.logits(AutoModelForPreTraining, folder, TEXT)
        self.assertEqual(encoded["input_ids"][0].tolist(), [token["id"] for token in tokens])
        found = torch.tensor([token["replaced"] for token in tokens])
        torch.testing.assert_close(found, torch.sigmoid(said.logits[0]), rtol=1e-4, atol=1e-5)

    def test_rotary_positions_say_the_same(self):
        place = self.folder / "rotary"
        place.mkdir()
        run = train(place, "nano", "--set", "model.position=rotary")
        command = [PROGRAM, "detect", "--model", str(run), "--json", TEXT]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = torch.tensor([token["replaced"] for token in json.loads(output)["tokens"]])
        said, _ = self.logits(AutoModelForPreTraining, run / "discriminator", TEXT)
        torch.testing.assert_close(found, torch.sigmoid(said.logits[0]), rtol=1e-4, atol=1e-5)


if __name__ == "__main__":
    unittest.main()
