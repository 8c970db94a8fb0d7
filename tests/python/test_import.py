"""Models that `transformers` saved are read in every form and class, with the same numbers; a real
BERT among them where there is one."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModel,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertModel,
    ElectraConfig,
    ElectraForMaskedLM,
    ElectraForPreTraining,
    ElectraForQuestionAnswering,
    ElectraForSequenceClassification,
    ElectraForTokenClassification,
    ElectraModel,
)

from test_export import PROGRAM
from test_tasks import TEXT, WORDS, fine_tune, predict, write_tables

SIZES = dict(
    vocab_size=40, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
    intermediate_size=48, max_position_embeddings=32,
)


def electra(command, *arguments):
    output = subprocess.run(
        [PROGRAM, command, *map(str, arguments)], check=True, capture_output=True, text=True
    )
    return output.stdout


def detect(folder, text=TEXT):
    tokens = json.loads(electra("detect", "--model", folder, "--json", text))["tokens"]
    return torch.tensor([token["replaced"] for token in tokens])


def stir(model):
    """Weights large enough that every part shows."""
    torch.manual_seed(1)
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn_like(value)
            value.copy_(1 + 0.2 * noise if "LayerNorm.weight" in name else 0.2 * noise)
    return model.eval()


class Import(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name)

    def save(self, model, name, **how):
        folder = self.folder / name
        model.save_pretrained(folder, **how)
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        words = special + WORDS + [f"word{number}" for number in range(25)]
        (folder / "vocab.txt").write_text("\n".join(words) + "\n")
        return folder

    def discriminator(self):
        return stir(ElectraForPreTraining(ElectraConfig(embedding_size=16, **SIZES)))

    def expected(self, model):
        ids = [2] + [5 + WORDS.index(word) for word in TEXT.split()] + [3]
        with torch.no_grad():
            return torch.sigmoid(model(torch.tensor([ids])).logits[0])

    def test_every_form_of_file_gives_the_same_logits(self):
        model = self.discriminator()
        expected = self.expected(model)
        whole = self.save(model, "whole")
        torch.testing.assert_close(detect(whole), expected, rtol=1e-4, atol=1e-5)
        sharded = self.save(model, "sharded", max_shard_size="20KB")
        self.assertGreater(len(list(sharded.glob("*.safetensors"))), 1)
        torch.testing.assert_close(detect(sharded), expected, rtol=1e-4, atol=1e-5)
        pickled = self.save(model, "pickled")
        (pickled / "model.safetensors").unlink()
        for zipped in (True, False):
            weights = pickled / "pytorch_model.bin"
            torch.save(model.state_dict(), weights, _use_new_zipfile_serialization=zipped)
            torch.testing.assert_close(detect(pickled), expected, rtol=1e-4, atol=1e-5)

    def test_half_precision_is_read_as_what_it_says(self):
        for dtype in (torch.float16, torch.bfloat16):
            with self.subTest(dtype):
                model = self.discriminator().to(dtype)
                folder = self.save(model, str(dtype))
                halved = model.state_dict()
                expected = self.expected(model.float())
                torch.testing.assert_close(detect(folder), expected, rtol=1e-4, atol=1e-5)
                (folder / "model.safetensors").unlink()
                torch.save(halved, folder / "pytorch_model.bin")
                torch.testing.assert_close(detect(folder), expected, rtol=1e-4, atol=1e-5)

    def test_export_writes_the_dtype_and_class_asked_for(self):
        folder = self.save(self.discriminator(), "whole")
        out = self.folder / "encoder"
        electra("export", "--model", folder, "--out", out, "--class", "encoder", "--dtype", "bf16")
        model, report = ElectraModel.from_pretrained(out, output_loading_info=True)
        self.assertFalse(report["missing_keys"] or report["unexpected_keys"])
        stored = load_file(out / "model.safetensors")
        self.assertEqual({value.dtype for value in stored.values()}, {torch.bfloat16})
        theirs = load_file(folder / "model.safetensors")
        for name, value in stored.items():
            self.assertTrue(torch.equal(value, theirs[f"electra.{name}"].bfloat16()), name)

    def test_every_electra_class_goes_through_unchanged(self):
        for kind in (
            ElectraForPreTraining,
            ElectraForMaskedLM,
            ElectraForSequenceClassification,
            ElectraForTokenClassification,
            ElectraForQuestionAnswering,
        ):
            with self.subTest(kind.__name__):
                # A question has a start and an end, whatever the number of labels.
                labels = 2 if kind is ElectraForQuestionAnswering else 3
                config = ElectraConfig(embedding_size=16, num_labels=labels, **SIZES)
                model = stir(kind(config))
                folder = self.save(model, kind.__name__)
                out = self.folder / f"{kind.__name__}-imported"
                electra("import", "--model", folder, "--out", out)
                again, report = kind.from_pretrained(out, output_loading_info=True)
                self.assertFalse(report["missing_keys"] or report["unexpected_keys"])
                for name, value in again.state_dict().items():
                    self.assertTrue(torch.equal(value, model.state_dict()[name]), name)

    def test_a_foreign_classifier_can_be_asked(self):
        labels = {0: "bad", 1: "fair", 2: "good"}
        config = ElectraConfig(embedding_size=32, id2label=labels, **SIZES)
        model = stir(ElectraForSequenceClassification(config))
        folder = self.save(model, "classifier")
        expected = torch.softmax(self.expected_logits(model), -1)
        found = predict(folder, TEXT)["probabilities"]
        values = torch.tensor([found[labels[label]] for label in range(3)])
        torch.testing.assert_close(values, expected, rtol=1e-4, atol=1e-5)

    def test_a_foreign_tagger_can_be_asked(self):
        labels = {0: "O", 1: "B-X", 2: "I-X"}
        config = ElectraConfig(embedding_size=16, id2label=labels, **SIZES)
        model = stir(ElectraForTokenClassification(config))
        found = predict(self.save(model, "tagger"), TEXT)
        shares = torch.softmax(self.expected_logits(model), -1)[1:-1].max(-1)
        self.assertEqual(found["tags"], [labels[label.item()] for label in shares.indices])
        values = torch.tensor(found["probabilities"])
        torch.testing.assert_close(values, shares.values, rtol=1e-4, atol=1e-5)

    def test_a_foreign_model_of_questions_can_be_asked(self):
        model = stir(ElectraForQuestionAnswering(ElectraConfig(embedding_size=16, **SIZES)))
        folder = self.save(model, "questions")
        found = predict(folder, "sees a", "--pair", TEXT)
        question, context = (
            [5 + WORDS.index(word) for word in text.split()] for text in ("sees a", TEXT)
        )
        ids = torch.tensor([[2, *question, 3, *context, 3]])
        segments = torch.tensor([[0] * (len(question) + 2) + [1] * (len(context) + 1)])
        with torch.no_grad():
            said = model(ids, token_type_ids=segments)
        start, end = said.start_logits[0], said.end_logits[0]
        places = range(len(question) + 2, ids.shape[1] - 1)
        best = max((start[i] + end[j]).item() for i in places for j in places if i <= j)
        self.assertAlmostEqual(found["score"], best, delta=1e-4)

    def expected_logits(self, model):
        ids = [2] + [5 + WORDS.index(word) for word in TEXT.split()] + [3]
        with torch.no_grad():
            return model(torch.tensor([ids])).logits[0]

    def test_encoders_alone_and_bert_s_become_discriminators(self):
        for kind, config in (
            (ElectraModel, ElectraConfig(embedding_size=16, **SIZES)),
            (BertModel, BertConfig(**SIZES)),
            (BertForMaskedLM, BertConfig(**SIZES)),
        ):
            with self.subTest(kind.__name__):
                model = stir(kind(config))
                folder = self.save(model, kind.__name__)
                self.check_hidden_states(folder, getattr(model, "bert", model), TEXT)

    def test_encoders_that_transformers_saved_can_be_fine_tuned(self):
        for kind, config in (
            (ElectraModel, ElectraConfig(embedding_size=16, **SIZES)),
            (ElectraForPreTraining, ElectraConfig(embedding_size=16, **SIZES)),
            (BertModel, BertConfig(**SIZES)),
        ):
            with self.subTest(kind.__name__):
                model = stir(kind(config))
                folder = self.save(model, kind.__name__)
                write_tables(self.folder)
                out = self.folder / f"{kind.__name__}-tuned"
                table = "--kind classification --data rows.tsv --text-column text"
                # So small a rate moves no weight: what comes out is what went in.
                flags = [*table.split(), "--label-column", "label", "--lr", "1e-12"]
                fine_tune(folder, self.folder, out, "own", *flags)
                tuned, report = ElectraForSequenceClassification.from_pretrained(
                    out, output_loading_info=True
                )
                self.assertFalse(report["missing_keys"] or report["unexpected_keys"])
                encoder = getattr(model, "electra", model)
                ids = torch.tensor([[2] + [5 + WORDS.index(word) for word in TEXT.split()] + [3]])
                with torch.no_grad():
                    expected = encoder(ids).last_hidden_state
                    found = tuned.eval().electra(ids).last_hidden_state
                torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)

    def check_hidden_states(self, folder, encoder, text):
        """Through a head that makes every hidden state matter."""
        out = folder.parent / f"{folder.name}-imported"
        said = electra("import", "--model", folder, "--out", out)
        self.assertIn("begins anew", said)
        weights = load_file(out / "model.safetensors")
        torch.manual_seed(2)
        width = weights["discriminator_predictions.dense.weight"].shape[0]
        for name in [name for name in weights if name.startswith("discriminator_")]:
            weights[name] = torch.randn_like(weights[name]) / width**0.5
        save_file(weights, out / "model.safetensors", {"format": "pt"})
        tokenizer = AutoTokenizer.from_pretrained(out)
        head = ElectraForPreTraining.from_pretrained(out).discriminator_predictions.eval()
        with torch.no_grad():
            hidden = encoder(**tokenizer(text, return_tensors="pt")).last_hidden_state
            expected = torch.sigmoid(head(hidden)[0])
        found = detect(out, text)
        self.assertGreater(expected.std().item(), 0.01)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)

    @unittest.skipUnless("ELECTRA_BERT" in os.environ, "no real BERT is here")
    def test_a_real_bert_has_the_same_hidden_states(self):
        folder = self.folder / "minilm"
        shutil.copytree(os.environ["ELECTRA_BERT"], folder)
        encoder = AutoModel.from_pretrained(folder).eval()
        self.check_hidden_states(folder, encoder, "The quick brown fox jumps over a lazy dog.")

    def test_what_cannot_be_read_is_said_in_one_sentence(self):
        folder = self.save(self.discriminator(), "broken")
        config = json.loads((folder / "config.json").read_text())
        for field, value, named in (
            ("model_type", "gpt2", "gpt2"),
            ("hidden_act", "relu", "relu"),
            ("num_hidden_layers", 5, "layers.2"),
            ("intermediate_size", 56, "intermediate"),
        ):
            (folder / "config.json").write_text(json.dumps({**config, field: value}))
            out = self.folder / "nothing"
            command = [PROGRAM, "import", "--model", str(folder), "--out", str(out)]
            failed = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(failed.returncode, 1)
            self.assertEqual(len(failed.stderr.strip().splitlines()), 1, failed.stderr)
            self.assertIn(named, failed.stderr)
            self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
