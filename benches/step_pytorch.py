"""Times one joint ELECTRA step in PyTorch, with the networks of `transformers`.

The same work as `electra bench`: mask, generator, vocabulary logits at the masked positions,
Gumbel sampling, discriminator, backward, global clip, Adam without bias correction. Prints one JSON
object; benches/README.md says what the fields mean.
"""

import argparse
import json
import resource
import statistics
import sys
import time

import torch
from torch import nn
from transformers import ElectraConfig, ElectraForMaskedLM, ElectraForPreTraining

VOCAB, CLS, SEP, MASK, FIRST_WORD = 30_522, 101, 102, 103, 999
UNMEASURED = 2


def networks():
    """ELECTRA-Small's discriminator and generator with tied tables and embedding LayerNorm."""
    shared = dict(vocab_size=VOCAB, embedding_size=128, num_hidden_layers=12)
    sizes = dict(hidden_size=256, num_attention_heads=4, intermediate_size=1024)
    quarter = dict(hidden_size=64, num_attention_heads=1, intermediate_size=256)
    discriminator = ElectraForPreTraining(ElectraConfig(**shared, **sizes)).train()
    generator = ElectraForMaskedLM(ElectraConfig(**shared, **quarter)).train()
    ours, theirs = discriminator.electra.embeddings, generator.electra.embeddings
    for table in ("word_embeddings", "position_embeddings", "token_type_embeddings", "LayerNorm"):
        setattr(theirs, table, getattr(ours, table))
    generator.generator_lm_head.weight = ours.word_embeddings.weight
    return generator, discriminator


class Adam:
    """Google's Adam: no bias correction, epsilon outside the root, decoupled decay."""

    def __init__(self, named, rate=5e-4, betas=(0.9, 0.999), epsilon=1e-6, decay=0.01):
        self.rate, self.betas, self.epsilon = rate, betas, epsilon
        named = list(named)
        self.parameters = [weight for _, weight in named]
        self.decay = [
            0.0 if name.endswith("bias") or "LayerNorm" in name else decay for name, _ in named
        ]
        self.first = [torch.zeros_like(weight) for weight in self.parameters]
        self.second = [torch.zeros_like(weight) for weight in self.parameters]

    @torch.no_grad()
    def step(self):
        gradients = [weight.grad for weight in self.parameters]
        torch._foreach_mul_(self.first, self.betas[0])
        torch._foreach_add_(self.first, gradients, alpha=1 - self.betas[0])
        torch._foreach_mul_(self.second, self.betas[1])
        torch._foreach_addcmul_(self.second, gradients, gradients, value=1 - self.betas[1])
        scale = torch._foreach_sqrt(self.second)
        torch._foreach_add_(scale, self.epsilon)
        update = torch._foreach_div(self.first, scale)
        torch._foreach_add_(update, torch._foreach_mul(self.parameters, self.decay))
        torch._foreach_add_(self.parameters, update, alpha=-self.rate)
        for weight in self.parameters:
            weight.grad = None


def random_batch(rows, seq):
    """Full rows of random words, and 15 % positions a row, never the special tokens."""
    ids = torch.randint(FIRST_WORD, VOCAB, (rows, seq))
    ids[:, 0], ids[:, -1] = CLS, SEP
    slots = max(1, round(0.15 * seq))
    positions = torch.rand(rows, seq - 2).topk(slots).indices + 1
    return ids, positions


def step(generator, discriminator, optimizer, ids, positions):
    """One optimiser step; returns both losses."""
    truth = ids.gather(1, positions)
    shown = torch.where(torch.rand(truth.shape) < 0.85, MASK, truth)
    hidden = generator.electra(ids.scatter(1, positions, shown)).last_hidden_state
    hidden = hidden.gather(1, positions[..., None].expand(-1, -1, hidden.shape[-1]))
    logits = generator.generator_lm_head(generator.generator_predictions(hidden))
    generator_loss = nn.functional.cross_entropy(logits.flatten(0, 1), truth.flatten())
    with torch.no_grad():
        noise = -torch.log(-torch.log(torch.rand_like(logits) + 1e-9) + 1e-9)
        corrupted = ids.scatter(1, positions, (logits + noise).argmax(-1))
    replaced = (corrupted != ids).float()
    verdicts = discriminator(corrupted).logits
    discriminator_loss = nn.functional.binary_cross_entropy_with_logits(verdicts, replaced)
    (generator_loss + 50.0 * discriminator_loss).backward()
    nn.utils.clip_grad_norm_(optimizer.parameters, 1.0)
    optimizer.step()
    return generator_loss.item(), discriminator_loss.item()


def unique_parameters(*modules):
    """Every parameter once, by name; tied ones belong to the first module."""
    seen = set()
    for module in modules:
        for name, weight in module.named_parameters():
            if id(weight) not in seen:
                seen.add(id(weight))
                yield name, weight


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--batch", type=int, default=16, help="rows of one step")
    arguments.add_argument("--seq", type=int, default=128, help="tokens of one row")
    arguments.add_argument("--steps", type=int, default=10, help="measured steps")
    arguments.add_argument("--threads", type=int, default=2, help="processor threads")
    arguments.add_argument("--device", default="cpu", help="as PyTorch names it: cpu, cuda")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_default_device(options.device)
    torch.manual_seed(42)
    generator, discriminator = networks()
    optimizer = Adam(unique_parameters(discriminator, generator))
    times = []
    for _ in range(UNMEASURED + options.steps):
        ids, positions = random_batch(options.batch, options.seq)
        begin = time.perf_counter()
        losses = step(generator, discriminator, optimizer, ids, positions)
        times.append(time.perf_counter() - begin)
    times = times[UNMEASURED:]
    median = statistics.median(times)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({
        "framework": f"torch {torch.__version__}",
        "device": options.device,
        "threads": torch.get_num_threads(),
        "batch": options.batch,
        "seq": options.seq,
        "steps": options.steps,
        "parameters": sum(weight.numel() for weight in optimizer.parameters),
        "seconds_per_step": round(median, 4),
        "seconds_min": round(min(times), 4),
        "seconds_max": round(max(times), 4),
        "tokens_per_second": round(options.batch * options.seq / median, 1),
        "peak_rss_mb": round(peak / 1e6, 1),
        "generator_loss": round(losses[0], 4),
        "discriminator_loss": round(losses[1], 4),
    }))


if __name__ == "__main__":
    main()
