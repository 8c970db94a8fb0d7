"""Networks with random weights for both sides: the same numbers as safetensors and as ONNX.

    python make_networks.py FOLDER

Writes FOLDER/NAME/ for transformers.js (config.json, tokenizer.json, onnx/model.onnx) and
FOLDER/NAME-hf/ for us (config.json, model.safetensors, vocab.txt), NAME being `nano` and `small`.
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers.implementations import BertWordPieceTokenizer
from transformers import ElectraConfig, ElectraForPreTraining

SHAPES = {
    # ours, in the paper's recipe and with room for 128 tokens: core/src/config
    "nano": dict(vocab_size=4096, embedding_size=128, hidden_size=128, num_hidden_layers=4, num_attention_heads=4, intermediate_size=512),
    # the paper's
    "small": dict(vocab_size=30522, embedding_size=128, hidden_size=256, num_hidden_layers=12, num_attention_heads=4, intermediate_size=1024),
}
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


class Body(torch.nn.Module):
    """What transformers.js has: the network without the head that finds replaced tokens."""

    def __init__(self, model):
        super().__init__()
        self.electra = model.electra

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.electra(input_ids, attention_mask, token_type_ids).last_hidden_state


def vocabulary(size):
    """Special tokens, letters, and words that nobody needs."""
    letters = [chr(code) for code in range(33, 127)]
    pieces = VOCABULARY + letters + [f"##{letter}" for letter in letters]
    return pieces + [f"word{at}" for at in range(size - len(pieces))]


def export(model, folder):
    """ONNX with both dimensions free, as optimum writes it."""
    (folder / "onnx").mkdir(parents=True)
    example = torch.ones(1, 8, dtype=torch.int64)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    free = {name: {0: "batch", 1: "sequence"} for name in [*names, "last_hidden_state"]}
    torch.onnx.export(
        Body(model), (example, example, example * 0), str(folder / "onnx/model.onnx"),
        input_names=names, output_names=["last_hidden_state"], dynamic_axes=free,
        opset_version=17, dynamo=False,
    )


def make(out, name, shape):
    torch.manual_seed(1)
    config = ElectraConfig(max_position_embeddings=512, **shape)
    model = ElectraForPreTraining(config).eval()
    ours, theirs = out / f"{name}-hf", out / name
    model.save_pretrained(ours)
    (ours / "vocab.txt").write_text("\n".join(vocabulary(config.vocab_size)) + "\n")
    export(model, theirs)
    BertWordPieceTokenizer(str(ours / "vocab.txt")).save(str(theirs / "tokenizer.json"))
    about = {"tokenizer_class": "ElectraTokenizer", "model_max_length": config.max_position_embeddings}
    (theirs / "tokenizer_config.json").write_text(json.dumps(about))
    (theirs / "config.json").write_text(json.dumps({**config.to_dict(), "model_type": "electra"}))


def main():
    out = Path(sys.argv[1])
    for name, shape in SHAPES.items():
        if not (out / name).exists():
            make(out, name, shape)


if __name__ == "__main__":
    main()
