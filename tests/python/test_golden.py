"""The golden numbers are what the installed `transformers` computes, not only what it once did;
those of our recipe are what the code computes that is exported beside its models."""

import importlib
import json
import pathlib
import sys
import types
import unittest

import torch
from safetensors.torch import load_file
from transformers import ElectraConfig, ElectraForMaskedLM, ElectraForPreTraining

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"


def exported():
    """Our own classes; their folder is called as the package that they import."""
    package = types.ModuleType("exported")
    package.__path__ = [str(pathlib.Path(__file__).parents[2] / "assets" / "transformers")]
    sys.modules["exported"] = package
    ours = importlib.import_module("exported.modeling_electra_modern")
    return ours.ElectraModernConfig, ours.ElectraModernForPreTraining, ours.ElectraModernForMaskedLM


PAPER = (ElectraConfig, ElectraForPreTraining, ElectraForMaskedLM)
FOLDERS = {"projected": PAPER, "square": PAPER, "modern": exported()}


def load(folder, network):
    """One network of a folder, without dropout; fails on a weight that is missing or too many."""
    configuration, discriminator, generator = FOLDERS[folder]
    kind = generator if network == "generator" else discriminator
    config = json.loads((GOLDEN / folder / "config.json").read_text())[network]
    model = kind(configuration(**config)).eval()
    weights = load_file(GOLDEN / folder / f"{network}.safetensors")
    if kind is ElectraForMaskedLM:  # the output table is the word table
        weights["generator_lm_head.weight"] = weights["electra.embeddings.word_embeddings.weight"]
    absent = model.load_state_dict(weights, strict=False)
    # Position numbers are a buffer that no file needs to carry.
    missing = [name for name in absent.missing_keys if not name.endswith("_ids")]
    assert not missing and not absent.unexpected_keys, absent
    return model


class Golden(unittest.TestCase):
    def test_discriminator_logits_are_those_of_transformers(self):
        for folder in FOLDERS:
            with self.subTest(folder), torch.no_grad():
                golden = load_file(GOLDEN / folder / "golden.safetensors")
                model = load(folder, "discriminator")
                logits = model(
                    golden["corrupted_ids"],
                    attention_mask=golden["attention_mask"],
                    token_type_ids=golden["token_type_ids"],
                ).logits
                real = golden["attention_mask"].bool()
                torch.testing.assert_close(logits[real], golden["disc_logits"][real])

    def test_generator_logits_are_those_of_transformers(self):
        for folder in FOLDERS:
            with self.subTest(folder), torch.no_grad():
                golden = load_file(GOLDEN / folder / "golden.safetensors")
                model = load(folder, "generator")
                logits = model(
                    golden["masked_input_ids"],
                    attention_mask=golden["attention_mask"],
                    token_type_ids=golden["token_type_ids"],
                ).logits
                rows = torch.arange(logits.shape[0])[:, None]
                at_masks = logits[rows, golden["masked_positions"]]
                used = golden["masked_weights"] > 0
                torch.testing.assert_close(at_masks[used], golden["gen_logits"][used])

    def test_labels_mark_changed_tokens_and_nothing_else(self):
        for folder in FOLDERS:
            with self.subTest(folder):
                golden = load_file(GOLDEN / folder / "golden.safetensors")
                changed = golden["corrupted_ids"] != golden["input_ids"]
                self.assertTrue(torch.equal(changed, golden["labels"].bool()))
                self.assertTrue(changed.any() and not changed.all())


if __name__ == "__main__":
    unittest.main()
