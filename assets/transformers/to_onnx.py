"""Writes a Hugging Face folder of an ELECTRA, ours or the paper's, as one ONNX file.

    python to_onnx.py FOLDER OUT.onnx

Needs: torch, transformers, onnx, onnxscript. Batch and length stay free."""

import sys

import torch
import transformers

folder, out = sys.argv[1:]
config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=True)
task = config.architectures[0].removeprefix("Electra").removeprefix("Modern")
kind = getattr(transformers, "AutoModel" + task.removeprefix("Model"))
model = kind.from_pretrained(folder, trust_remote_code=True).eval()
names = ["input_ids", "attention_mask", "token_type_ids"]
length = min(16, config.max_position_embeddings)
row = {name: torch.ones(2, length, dtype=torch.long) for name in names}
free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens")}
torch.onnx.export(
    model, (), out, kwargs=row, dynamo=True, input_names=names,
    dynamic_shapes={name: free for name in names}, external_data=False,
)
