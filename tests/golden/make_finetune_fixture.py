"""Ten fine-tuning steps of `transformers`' heads (PyTorch, fp32, CPU), without dropout.

Writes into the folder given:
    config.json         an `ElectraConfig`
    model.safetensors   one encoder (`electra.…`) and the initial weights of three heads, under
                        `classification.`, `tagging.` and `spans.`
    golden.safetensors  inputs and what came out; B rows, L positions
        input_ids, attention_mask, token_type_ids i64[B,L]
        labels i64[B]   tags i64[B,L], -100 where there is none   start, end i64[B]
        <head>.losses f32[10]   mean losses before each step
        <head>.norms f32[10]    norms of the gradients of the summed loss, before clipping
        <head>.<name>           parameters of the head after the last step

The optimiser is that of the authors' code: the loss summed over texts (words, for tags), one clip
at 1, Adam without bias correction, epsilon 1e-6 outside the root, decoupled decay 0.01 but not of
biases and LayerNorms, rate 1e-3 * (1 - t/10) * min(1, t/2), times 0.8 ^ (layers + 2 - depth) for
embeddings (depth 0) and block i (depth i + 1).
"""

import json
import pathlib
import re
import sys

import torch
from safetensors.torch import save_file
from transformers import (
    ElectraConfig,
    ElectraForQuestionAnswering,
    ElectraForSequenceClassification,
    ElectraForTokenClassification,
)

STEPS, LAYERS, LABELS, TAGS = 10, 3, 3, 5


def configuration(labels):
    return ElectraConfig(
        vocab_size=61, embedding_size=16, hidden_size=32, num_hidden_layers=LAYERS,
        num_attention_heads=2, intermediate_size=48, max_position_embeddings=24,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, num_labels=labels,
    )


def batch():
    generator = torch.Generator().manual_seed(3)
    rows, seq = 4, 24
    ids = torch.randint(5, 61, (rows, seq), generator=generator)
    real, segments = torch.ones(rows, seq, dtype=torch.long), torch.zeros(rows, seq).long()
    tags = torch.randint(0, TAGS, (rows, seq), generator=generator)
    for row in range(rows):
        length = seq - 3 * row
        ids[row, 0], ids[row, 9], ids[row, length - 1] = 2, 3, 3
        segments[row, 10:length] = 1
        ids[row, length:], real[row, length:] = 0, 0
        tags[row, length - 1 :] = -100
    tags[:, 0] = -100
    tags[torch.rand(rows, seq, generator=generator) < 0.3] = -100
    return dict(
        input_ids=ids, attention_mask=real, token_type_ids=segments, tags=tags,
        labels=torch.tensor([0, 2, 1, 2]), start=torch.tensor([12, 0, 11, 10]),
        end=torch.tensor([14, 0, 11, 13]),
    )


def rate(name, step):
    base = 1e-3 * (1 - step / STEPS) * min(1.0, step / 2)
    block = re.match(r"electra\.encoder\.layer\.(\d+)\.", name)
    if block:
        return base * 0.8 ** (LAYERS + 2 - int(block[1]) - 1)
    return base * (0.8 ** (LAYERS + 2) if name.startswith("electra.") else 1.0)


def train(model, loss, count):
    """Losses and gradient norms of all steps."""
    parameters = dict(model.named_parameters())
    first = {name: torch.zeros_like(value) for name, value in parameters.items()}
    second = {name: torch.zeros_like(value) for name, value in parameters.items()}
    losses, norms = [], []
    for step in range(STEPS):
        model.zero_grad()
        mean = loss()
        (mean * count).backward()
        losses.append(mean.item())
        gradients = {
            name: torch.zeros_like(value) if value.grad is None else value.grad
            for name, value in parameters.items()
        }
        norm = sum(float((value.double() ** 2).sum()) for value in gradients.values()) ** 0.5
        norms.append(norm)
        with torch.no_grad():
            for name, value in parameters.items():
                gradient = gradients[name] * min(1.0, 1.0 / norm)
                first[name].mul_(0.9).add_(gradient, alpha=0.1)
                second[name].mul_(0.999).addcmul_(gradient, gradient, value=0.001)
                update = first[name] / (second[name].sqrt() + 1e-6)
                if not (name.endswith("bias") or "LayerNorm" in name):
                    update = update + 0.01 * value
                value.sub_(rate(name, step) * update)
    return torch.tensor(losses), torch.tensor(norms)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    data = batch()
    rows = {name: data[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    golden, weights = dict(data), {}
    for head, kind, labels in (
        ("classification", ElectraForSequenceClassification, LABELS),
        ("tagging", ElectraForTokenClassification, TAGS),
        ("spans", ElectraForQuestionAnswering, 2),
    ):
        model = kind(configuration(labels)).eval()
        torch.manual_seed(5)
        for name, value in model.named_parameters():
            with torch.no_grad():
                noise = torch.randn_like(value)
                value.copy_(1 + 0.2 * noise if name.endswith("LayerNorm.weight") else 0.15 * noise)
            key = name if name.startswith("electra.") else f"{head}.{name}"
            before = weights.setdefault(key, value.detach().clone())
            assert torch.equal(before, value), name

        def loss():
            if head == "classification":
                return model(**rows, labels=data["labels"]).loss
            if head == "tagging":
                return model(**rows, labels=data["tags"]).loss
            out = model(**rows)
            padding = (1 - data["attention_mask"]) * -1000.0
            cross_entropy = torch.nn.functional.cross_entropy
            starts = cross_entropy(out.start_logits + padding, data["start"])
            return (starts + cross_entropy(out.end_logits + padding, data["end"])) / 2

        count = int((data["tags"] != -100).sum()) if head == "tagging" else len(data["labels"])
        golden[f"{head}.losses"], golden[f"{head}.norms"] = train(model, loss, count)
        for name, value in model.named_parameters():
            if not name.startswith("electra."):
                golden[f"{head}.{name}"] = value.detach().clone()
        print(head, golden[f"{head}.losses"].tolist())
    config = configuration(LABELS).to_dict()
    (folder / "config.json").write_text(json.dumps(config, indent=1, default=str))
    tensors = {name: value.contiguous() for name, value in weights.items()}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    tensors = {name: value.contiguous() for name, value in golden.items()}
    save_file(tensors, folder / "golden.safetensors")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
