"""What the program exports is what `transformers` loads: no weight missing, none too many, the same
probabilities; and our own recipe is refused there rather than loaded wrongly."""

import json
import logging
import os
import pathlib
import subprocess
import tempfile
import unittest

import torch
from transformers import AutoConfig, AutoTokenizer, ElectraForMaskedLM, ElectraForPreTraining

PROGRAM = os.environ["ELECTRA_BIN"]
TEXT = "The cat sees a small red fish, doesn't it?"
SHAPE = [
    "model.embedding_size=24",
    "model.discriminator.hidden_size=32",
    "model.discriminator.num_hidden_layers=2",
    "model.discriminator.num_attention_heads=2",
    "model.discriminator.intermediate_size=48",
    "model.generator.hidden_size=16",
    "model.generator.num_hidden_layers=2",
    "model.generator.num_attention_heads=1",
    "model.generator.intermediate_size=32",
]


def train(folder, preset, *flags):
    """A run of a few steps; returns its folder."""
    corpus = folder / "text.txt"
    words = "the cat dog sees eats a small red fish house".split()
    lines = (" ".join(words[(i * 7 + j * j) % 10] for j in range(6 + i % 5)) for i in range(400))
    corpus.write_text("\n\n".join(lines))
    run = folder / preset
    command = [PROGRAM, "pretrain", "--preset", preset, "--text", str(corpus), "--out", str(run)]
    command += "--vocab-size 90 --steps 6 --batch 8 --seq 32 --device cpu --quiet --lr 0.01".split()
    for field in SHAPE:
        command += ["--set", field]
    command += flags
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return run


class Messages(logging.Handler):
    """Keeps what a library says."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        cls.run_folder = train(pathlib.Path(cls.place.name), "small")

    def silently(self, load):
        messages = Messages()
        logger = logging.getLogger("transformers")
        logger.addHandler(messages)
        try:
            loaded = load()
        finally:
            logger.removeHandler(messages)
        self.assertEqual(messages.texts, [])
        return loaded

    def load(self, kind, network):
        folder = self.run_folder / network
        model, report = self.silently(
            lambda: kind.from_pretrained(folder, output_loading_info=True)
        )
        for kind_of_problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
            self.assertFalse(report[kind_of_problem], kind_of_problem)
        return model.eval()

    def test_the_discriminator_loads_silently_and_says_the_same(self):
        model = self.load(ElectraForPreTraining, "discriminator")
        folder = self.run_folder / "discriminator"
        tokenizer = self.silently(lambda: AutoTokenizer.from_pretrained(folder))
        command = [PROGRAM, "detect", "--model", str(self.run_folder), "--json", TEXT]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        tokens = json.loads(output)["tokens"]
        encoded = tokenizer(TEXT, return_tensors="pt")
        self.assertEqual(encoded["input_ids"][0].tolist(), [token["id"] for token in tokens])
        with torch.no_grad():
            expected = torch.sigmoid(model(**encoded).logits[0])
        found = torch.tensor([token["replaced"] for token in tokens])
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)

    def test_the_generator_loads_silently_with_its_output_table_tied(self):
        model = self.load(ElectraForMaskedLM, "generator")
        table = model.electra.embeddings.word_embeddings.weight
        self.assertTrue(torch.equal(model.generator_lm_head.weight, table))

    def test_our_own_recipe_is_not_loaded_as_the_paper_s(self):
        run = train(pathlib.Path(self.place.name), "nano")
        with self.assertRaises(Exception):
            AutoConfig.from_pretrained(run / "discriminator")


if __name__ == "__main__":
    unittest.main()
