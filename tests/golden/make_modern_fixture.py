"""Golden numbers for our own recipe (PyTorch, fp64, kept as fp32, CPU).

Writes into the folder given the four files of `make_hf_fixtures.py`, with the same keys.
`transformers` has no such network, so it is written here from its rules, without our Rust and
without the Python code that we export:

    LayerNorm before attention and before the feed-forward layer, none after the residual sums, and
    one more at the end of the encoder (Xiong et al., 2020); still one after the embeddings
    no table of positions: in every head, features i and i + width/2 of queries and keys are one
    complex number, multiplied by exp(1j * position / 10000^(2i/width)) (Su et al., 2021)
    epsilon 1e-6 in every LayerNorm
    parameters named as in `transformers`, the last LayerNorm `electra.encoder.LayerNorm`

The optimiser is PyTorch's own `AdamW`, which corrects the moments' bias: b1 .9, b2 .98, eps 1e-6
outside the root, decoupled weight decay 0.01 (not on biases and LayerNorms), one global clip at
1.0, learning rate 1e-3 constant.

Needs: torch, safetensors.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

VOCAB, EMBEDDING, LAYERS, TYPES, EPSILON = 101, 16, 2, 2, 1e-6
ROWS, SEQ, SLOTS, CLS, SEP, MASK = 3, 20, 3, 2, 3, 4
# Hidden size, heads, feed-forward width.
NETWORKS = {"discriminator": (32, 2, 48), "generator": (24, 3, 36)}
TABLES = "electra.embeddings."


def configuration(network):
    hidden, heads, wide = NETWORKS[network]
    return dict(
        model_type="electra-modern", norm="pre", position="rotary", hidden_act="gelu",
        vocab_size=VOCAB, embedding_size=EMBEDDING, hidden_size=hidden, num_hidden_layers=LAYERS,
        num_attention_heads=heads, intermediate_size=wide, max_position_embeddings=SEQ,
        type_vocab_size=TYPES, layer_norm_eps=EPSILON, hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.1, pad_token_id=0,
    )


def layers(network):
    """Layers of one network: `[out, in]` of a linear map, `[width]` of a LayerNorm."""
    hidden, _, wide = NETWORKS[network]
    found = {f"{TABLES}LayerNorm": [EMBEDDING], "electra.embeddings_project": [hidden, EMBEDDING]}
    for at in range(LAYERS):
        block = f"electra.encoder.layer.{at}"
        for part in ("query", "key", "value"):
            found[f"{block}.attention.self.{part}"] = [hidden, hidden]
        found[f"{block}.attention.output.dense"] = [hidden, hidden]
        found[f"{block}.attention.output.LayerNorm"] = [hidden]
        found[f"{block}.intermediate.dense"] = [wide, hidden]
        found[f"{block}.output.dense"] = [hidden, wide]
        found[f"{block}.output.LayerNorm"] = [hidden]
    found["electra.encoder.LayerNorm"] = [hidden]
    if network == "discriminator":
        found["discriminator_predictions.dense"] = [hidden, hidden]
        found["discriminator_predictions.dense_prediction"] = [1, hidden]
    else:
        found["generator_predictions.dense"] = [EMBEDDING, hidden]
        found["generator_predictions.LayerNorm"] = [EMBEDDING]
    return found


def parameters(network):
    """Numbers that fp32 holds, larger than initial ones so that nothing is nearly linear."""
    shapes = {
        f"{TABLES}word_embeddings.weight": [VOCAB, EMBEDDING],
        f"{TABLES}token_type_embeddings.weight": [TYPES, EMBEDDING],
    }
    for name, shape in layers(network).items():
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = shape, shape[:1]
    if network == "generator":
        shapes["generator_lm_head.bias"] = [VOCAB]
    drawn = {}
    for name, shape in shapes.items():
        noise = torch.randn(shape)
        value = 1 + 0.2 * noise if name.endswith("LayerNorm.weight") else 0.15 * noise
        drawn[name] = value.double().requires_grad_()
    return drawn


def linear(weights, name, x):
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def norm(weights, name, x):
    scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return F.layer_norm(x, x.shape[-1:], scale, shift, EPSILON)


def turn(x):
    """Queries or keys `[rows, heads, seq, width]` by their position."""
    seq, width = x.shape[-2:]
    speeds = 10000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.outer(torch.arange(seq, dtype=torch.float64), speeds)
    turned = torch.complex(*x.chunk(2, -1)) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([turned.real, turned.imag], -1)


def attend(weights, block, x, real, heads):
    rows, seq, hidden = x.shape
    query, key, value = (
        linear(weights, f"{block}.attention.self.{part}", x)
        .view(rows, seq, heads, hidden // heads)
        .transpose(1, 2)
        for part in ("query", "key", "value")
    )
    scores = turn(query) @ turn(key).transpose(2, 3) / (hidden // heads) ** 0.5
    shares = scores.masked_fill(~real[:, None, None, :], float("-inf")).softmax(-1)
    return (shares @ value).transpose(1, 2).reshape(rows, seq, hidden)


def encode(weights, network, ids, segments, real):
    """Hidden states `[rows, seq, hidden]`."""
    x = weights[f"{TABLES}word_embeddings.weight"][ids]
    x = x + weights[f"{TABLES}token_type_embeddings.weight"][segments]
    x = linear(weights, "electra.embeddings_project", norm(weights, f"{TABLES}LayerNorm", x))
    for at in range(LAYERS):
        block = f"electra.encoder.layer.{at}"
        y = norm(weights, f"{block}.attention.output.LayerNorm", x)
        y = attend(weights, block, y, real, NETWORKS[network][1])
        x = x + linear(weights, f"{block}.attention.output.dense", y)
        y = norm(weights, f"{block}.output.LayerNorm", x)
        y = F.gelu(linear(weights, f"{block}.intermediate.dense", y))
        x = x + linear(weights, f"{block}.output.dense", y)
    return norm(weights, "electra.encoder.LayerNorm", x)


def batch():
    """Rows of 20, 17 and 14 tokens with 3, 3 and 2 masked ones."""
    ids = torch.randint(5, VOCAB, (ROWS, SEQ))
    real, segments = torch.ones(ROWS, SEQ).long(), torch.zeros(ROWS, SEQ).long()
    positions, weights = torch.zeros(ROWS, SLOTS).long(), torch.zeros(ROWS, SLOTS)
    for row in range(ROWS):
        length, middle = SEQ - 3 * row, 8 + row
        ids[row, 0], ids[row, middle], ids[row, length - 1] = CLS, SEP, SEP
        ids[row, length:], real[row, length:], segments[row, middle + 1 : length] = 0, 0, 1
        words = [at for at in range(1, length - 1) if at != middle]
        used = SLOTS if row < 2 else SLOTS - 1
        chosen = sorted(words[at] for at in torch.randperm(len(words))[:used])
        positions[row, :used], weights[row, :used] = torch.tensor(chosen), 1
    masked, corrupted = ids.clone(), ids.clone()
    sampled = torch.randint(5, VOCAB, (ROWS, SLOTS))
    sampled[0, 1] = ids[0, positions[0, 1]]  # a lucky sample: not replaced
    for row, slot in weights.nonzero().tolist():
        at = positions[row, slot]
        masked[row, at] = ids[row, at] if (row, slot) == (1, 0) else MASK  # one keeps its token
        corrupted[row, at] = sampled[row, slot]
    return dict(
        input_ids=ids, attention_mask=real, token_type_ids=segments, masked_positions=positions,
        masked_weights=weights, masked_input_ids=masked, sampled_ids=sampled,
        corrupted_ids=corrupted, labels=(corrupted != ids).long(),
    )


def outputs(judging, proposing, data):
    """Hidden states, logits and losses of one pass."""
    real, segments = data["attention_mask"].bool(), data["token_type_ids"]
    gen_hidden = encode(proposing, "generator", data["masked_input_ids"], segments, real)
    at = gen_hidden[torch.arange(ROWS)[:, None], data["masked_positions"]]
    at = F.gelu(linear(proposing, "generator_predictions.dense", at))
    at = norm(proposing, "generator_predictions.LayerNorm", at)
    table = proposing[f"{TABLES}word_embeddings.weight"]
    gen_logits = at @ table.T + proposing["generator_lm_head.bias"]
    truth = data["input_ids"].gather(1, data["masked_positions"])
    wrong = F.cross_entropy(gen_logits.flatten(0, 1), truth.flatten(), reduction="none")
    weights = data["masked_weights"].double()
    mlm = (wrong.view(ROWS, SLOTS) * weights).sum() / (weights.sum() + 1e-6)
    disc_hidden = encode(judging, "discriminator", data["corrupted_ids"], segments, real)
    x = F.gelu(linear(judging, "discriminator_predictions.dense", disc_hidden))
    disc_logits = linear(judging, "discriminator_predictions.dense_prediction", x)[..., 0]
    labels, counted = data["labels"].double(), real.double()
    wrong = F.binary_cross_entropy_with_logits(disc_logits, labels, reduction="none")
    disc = (wrong * counted).sum() / (counted.sum() + 1e-6)
    return dict(
        disc_hidden=disc_hidden, disc_logits=disc_logits, gen_hidden=gen_hidden,
        gen_logits=gen_logits, mlm_loss=mlm, disc_loss=disc, total_loss=mlm + 50 * disc,
    )


def train(all_weights, loss):
    """Norms of three steps on one batch, and the parameters after the first and the last."""
    spared, decayed = [], []
    for name, value in all_weights.items():
        (spared if name.endswith("bias") or "LayerNorm" in name else decayed).append(value)
    groups = [dict(params=decayed, weight_decay=0.01), dict(params=spared, weight_decay=0.0)]
    adam = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), eps=1e-6)
    found = {}
    for step in range(1, 4):
        adam.zero_grad()
        loss().backward()
        size = torch.stack([p.grad.square().sum() for p in all_weights.values()]).sum().sqrt()
        for value in all_weights.values():
            value.grad.mul_(min(1.0, 1.0 / size.item()))
        adam.step()
        found[f"step{step}.global_grad_norm"] = size
        if step != 2:
            found |= {f"step{step}.{n}": p.detach().clone() for n, p in all_weights.items()}
    return found


def save(tensors, path):
    """Floats as fp32."""
    kept = {n: t.detach().float() if t.is_floating_point() else t for n, t in tensors.items()}
    save_file({n: t.contiguous() for n, t in kept.items()}, path, {"format": "pt"})


def main(folder):
    torch.manual_seed(13)
    judging, proposing = parameters("discriminator"), parameters("generator")
    # The tables and their LayerNorm are one parameter each.
    proposing |= {name: value for name, value in judging.items() if name.startswith(TABLES)}
    own = {n: p for n, p in proposing.items() if not n.startswith(TABLES)}
    all_weights = judging | {f"generator.{name}": value for name, value in own.items()}
    data = batch()
    folder.mkdir(parents=True, exist_ok=True)
    config = {network: configuration(network) for network in NETWORKS}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    save(judging, folder / "discriminator.safetensors")
    save(proposing, folder / "generator.safetensors")
    golden = data | outputs(judging, proposing, data)
    golden["total_loss"].backward()
    golden |= {f"grad.{name}": value.grad.clone() for name, value in all_weights.items()}
    golden |= train(all_weights, lambda: outputs(judging, proposing, data)["total_loss"])
    rates = [5e-4 * (1 - step / 10) * min(1, step / 4) for step in range(11)]
    save(golden | {"adam_lr_schedule": torch.tensor(rates)}, folder / "golden.safetensors")
    losses = ("total_loss", "mlm_loss", "disc_loss")
    print(folder, *(f"{name}={golden[name].item():.6f}" for name in losses))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
