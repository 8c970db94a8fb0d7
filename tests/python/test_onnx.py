"""What `assets/transformers/to_onnx.py` writes says the same as `transformers`, at lengths and batch
sizes other than those it was traced with."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy
import onnxruntime
import torch
from transformers import AutoModelForPreTraining, AutoModelForSequenceClassification, AutoTokenizer

from test_export import train
from test_tasks import fine_tune, write_tables

SCRIPT = pathlib.Path(__file__).parents[2] / "assets/transformers/to_onnx.py"
TEXTS = ["the cat sees a small red fish", "a dog eats", "the red house"]


class Onnx(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name)

    def assert_same(self, kind, model):
        out = self.folder / "model.onnx"
        command = [sys.executable, str(SCRIPT), str(model), str(out)]
        subprocess.run(command, check=True, capture_output=True)
        tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=True)
        rows = tokenizer(TEXTS, return_tensors="pt", padding=True, return_token_type_ids=True)
        with torch.no_grad():
            expected = kind.from_pretrained(model, trust_remote_code=True).eval()(**rows).logits
        session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
        (logits,) = session.run(None, {name: row.numpy() for name, row in rows.items()})
        real = rows["attention_mask"].bool() if expected.shape == rows["input_ids"].shape else ...
        numpy.testing.assert_allclose(logits[real], expected[real], rtol=1e-4, atol=1e-5)

    def test_a_discriminator_in_the_paper_s_recipe(self):
        self.assert_same(AutoModelForPreTraining, train(self.folder, "small") / "discriminator")

    def test_a_discriminator_and_a_classifier_in_ours(self):
        run = train(self.folder, "nano", "--set", "model.position=rotary")
        self.assert_same(AutoModelForPreTraining, run / "discriminator")
        write_tables(self.folder)
        table = "--kind classification --data rows.tsv --text-column text --label-column label"
        out = fine_tune(run, self.folder, self.folder / "labels", "own", *table.split())
        self.assert_same(AutoModelForSequenceClassification, out)


if __name__ == "__main__":
    unittest.main()
