"""The authors' span head on hidden states that are given (PyTorch, fp64, kept as fp32).

Writes into the folder given:
    span_head.safetensors   H hidden, B rows, L positions, K starts and K ends of the beam; positions
                            are kept as floats
        qa_<layer>.weight, qa_<layer>.bias   the head's parameters, `[out, in]`
        hidden [B,L,H]   allowed [B,L], 1 where a span may begin or end
        start, end, none [B]   the truth; none is 1 where there is no answer
        start_logits, end_logits [B,L]   0 where not allowed; ends are those after the true start
        beam_starts [B,K]   beam_ends, beam_scores [B,K,K], best first; scores are sums of logarithms
        none_logits [B]   loss [1], summed over the rows   hidden_gradient [B,L,H]

Head and beam search are those of `transformers`' `XLMSQuADHead`, written independently after the
same model, XLNet. Four things are as in the authors' `finetune/qa/qa_tasks.py` instead: hidden
layers of 512 with GELU and no LayerNorm, where XLM has tanh (`dense(final_repr, 512,
activation=modeling.gelu)`); answerability is read from the state expected under the scores of starts
in training too, not from the true start's (`answerable_uses_start_logits`); its output has a bias
(`tf.layers.dense`); losses are summed over the rows. Both weigh its loss by 0.5. What may not be
meant is lowered by 1e30 in XLM and by 1000 in the authors' code: likelihoods are 0 either way.
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import XLMConfig
from transformers.models.xlm.modeling_xlm import XLMSQuADHead

HIDDEN, ROWS, SEQ, BEAM, WIDTH = 8, 3, 12, 3, 512


def make_head():
    head = XLMSQuADHead(XLMConfig(emb_dim=HIDDEN, n_heads=2, start_n_top=BEAM, end_n_top=BEAM))
    for part in (head.end_logits, head.answer_class):
        part.dense_0, part.dense_1 = nn.Linear(2 * HIDDEN, WIDTH), nn.Linear(WIDTH, 1)
        part.activation = nn.GELU()
    head.end_logits.LayerNorm = nn.Identity()
    with torch.no_grad():
        for value in head.parameters():
            value.copy_(torch.randn_like(value) * (0.15 if value.shape[0] == 1 else 0.5))
        head.start_logits.dense.weight.mul_(5)
    return head.double()


def named(head):
    """Parameters under our names; answerability reads `[CLS]` first here, the start first there."""
    layers = {
        "qa_start": head.start_logits.dense,
        "qa_end_dense": head.end_logits.dense_0,
        "qa_end": head.end_logits.dense_1,
        "qa_none_dense": head.answer_class.dense_0,
        "qa_none": head.answer_class.dense_1,
    }
    weights = {f"{name}.weight": layer.weight for name, layer in layers.items()}
    start, cls = weights["qa_none_dense.weight"].split(HIDDEN, 1)
    weights["qa_none_dense.weight"] = torch.cat([cls, start], 1)
    return weights | {f"{name}.bias": layer.bias for name, layer in layers.items()}


def batch():
    """Rows of 12, 10 and 12 tokens with a question of 2, 2 and 3; the last has no answer."""
    hidden = torch.randn(ROWS, SEQ, HIDDEN, dtype=torch.float64, requires_grad=True)
    allowed = torch.zeros(ROWS, SEQ, dtype=torch.float64)
    for row, (first, length) in enumerate([(4, 12), (4, 10), (5, 12)]):
        allowed[row, first:length] = 1
    allowed[:, 0] = 1
    start, end = torch.tensor([6, 4, 0]), torch.tensor([8, 4, 0])
    return hidden, allowed, start, end, torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)


def main(folder):
    torch.manual_seed(11)
    head = make_head()
    hidden, allowed, start, end, none = batch()
    masked = 1 - allowed
    spans = head(hidden, start_positions=start, end_positions=end, p_mask=masked)[0]
    scores, starts, end_scores, ends, nones = head(
        hidden, cls_index=torch.zeros(ROWS, dtype=torch.long), p_mask=masked
    )
    answerability = nn.functional.binary_cross_entropy_with_logits(nones, none)
    loss = ROWS * (spans + 0.5 * answerability)
    loss.backward()
    # There by rank of the end, then of the start.
    ends, end_scores = (it.view(ROWS, BEAM, BEAM).transpose(1, 2) for it in (ends, end_scores))
    golden = named(head) | {
        "hidden": hidden, "allowed": allowed, "start": start, "end": end, "none": none,
        "start_logits": head.start_logits(hidden) * allowed,
        "end_logits": head.end_logits(hidden, start_positions=start) * allowed,
        "beam_starts": starts, "beam_ends": ends,
        "beam_scores": scores.log()[:, :, None] + end_scores.log(),
        "none_logits": nones, "loss": loss[None], "hidden_gradient": hidden.grad,
    }
    for name in ("start_logits", "end_logits", "beam_starts", "beam_ends", "none_logits", "loss"):
        print(name, golden[name].tolist())
    tensors = {name: value.detach().float().contiguous() for name, value in golden.items()}
    save_file(tensors, folder / "span_head.safetensors")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
