"""Writes networks with random weights that both sides can read.

    python make_networks.py TOKENIZER.json FOLDER

FOLDER/NAME/ holds config.json, model.safetensors and tokenizer.json for this project, and
onnx/model.onnx beside them for transformers.js, which has no discriminator: the same network
without its head. NAME is `small`, the paper's, and `nano`, the shape of `assets/demo`."""

import json
import random
import sys
from pathlib import Path

import torch
from transformers import ElectraConfig, ElectraForPreTraining

NANO = dict(
    vocab_size=4096, hidden_size=128, num_hidden_layers=4, intermediate_size=512,
    max_position_embeddings=64,
)
SMALL = dict(
    vocab_size=30522, hidden_size=256, num_hidden_layers=12, intermediate_size=1024,
    max_position_embeddings=512,
)
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


class Body(torch.nn.Module):
    """The network without the head that finds replaced tokens."""

    def __init__(self, model):
        super().__init__()
        self.electra = model.electra

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.electra(input_ids, attention_mask, token_type_ids).last_hidden_state


def resized(tokenizer, size):
    """The tokenizer with just so many entries: cut, or filled up with words of random letters."""
    vocab = tokenizer["model"]["vocab"]
    vocab = dict(sorted(vocab.items(), key=lambda entry: entry[1])[:size])
    letters = random.Random(1)
    while len(vocab) < size:
        word = "".join(letters.choices("aaeeiioubcdfghlmnprst", k=letters.randint(4, 9)))
        vocab.setdefault(word, len(vocab))
    return {**tokenizer, "model": {**tokenizer["model"], "vocab": vocab}}


def export(model, file):
    """Both dimensions free, as converted models of the model hub are."""
    file.parent.mkdir(parents=True)
    row = torch.ones(1, 8, dtype=torch.int64)
    free = {name: {0: "batch", 1: "tokens"} for name in [*INPUTS, "last_hidden_state"]}
    torch.onnx.export(
        Body(model), (row, row, row * 0), str(file), input_names=INPUTS,
        output_names=["last_hidden_state"], dynamic_axes=free, opset_version=17, dynamo=False,
    )


def make(folder, tokenizer, shape):
    torch.manual_seed(1)
    config = ElectraConfig(embedding_size=128, num_attention_heads=4, **shape)
    # Its graph has fewer operations than the usual one: their better case.
    config._attn_implementation = "eager"
    model = ElectraForPreTraining(config).eval()
    model.save_pretrained(folder)
    about = dict(tokenizer_class="ElectraTokenizer", model_max_length=config.max_position_embeddings)
    (folder / "tokenizer_config.json").write_text(json.dumps(about))
    (folder / "tokenizer.json").write_text(json.dumps(resized(tokenizer, config.vocab_size)))
    export(model, folder / "onnx/model.onnx")


def main():
    tokenizer = json.loads(Path(sys.argv[1]).read_text())
    for name, shape in {"nano": NANO, "small": SMALL}.items():
        make(Path(sys.argv[2]) / name, tokenizer, shape)


if __name__ == "__main__":
    main()
