"""Writes examples.json: what the authors' ExampleBuilder makes of lines of tokens.

Usage: python make_example_fixture.py PATH/build_pretraining_dataset.py

The file is the one of google-research/electra at 8a46635. It runs unchanged, with stand-ins for
TensorFlow and the tokenizer; every random number that it draws is recorded, so that another
implementation can be given the same ones.
"""

import importlib.util
import json
import pathlib
import random
import sys
import types

SPECIAL = {"[CLS]": 2, "[SEP]": 3}


def load(path):
    """Imports the authors' file without TensorFlow."""
    for name in ["tensorflow", "tensorflow.compat", "model", "util"]:
        sys.modules[name] = types.ModuleType(name)
    sys.modules["tensorflow.compat.v1"] = types.ModuleType("tensorflow.compat.v1")
    sys.modules["tensorflow.compat"].v1 = sys.modules["tensorflow.compat.v1"]
    sys.modules["model"].tokenization = None
    sys.modules["util"].utils = None
    spec = importlib.util.spec_from_file_location("build_pretraining_dataset", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Tokenizer:
    """Reads lines of numbers."""

    vocab = SPECIAL

    def tokenize(self, line):
        return line.split()

    def convert_tokens_to_ids(self, tokens):
        return [int(token) for token in tokens]


class Recorder:
    """Stands in for `random` inside the authors' file."""

    def __init__(self, seed):
        self.source = random.Random(seed)
        self.drawn = []

    def random(self):
        self.drawn.append(self.source.random())
        return self.drawn[-1]

    def randint(self, low, high):
        self.drawn.append(self.source.randint(low, high))
        return self.drawn[-1]


def make_lines(seed, count):
    """Lines of 1 to 40 tokens, a few far longer, a blank one now and then."""
    source = random.Random(seed)
    lines, token = [], 10
    for _ in range(count):
        if source.random() < 0.08:
            lines.append([])
            continue
        length = source.randint(60, 120) if source.random() < 0.04 else source.randint(1, 40)
        lines.append(list(range(token, token + length)))
        token += length
    return lines


def run(module, max_length, seed, count):
    module.random = Recorder(seed)
    builder = module.ExampleBuilder(Tokenizer(), max_length)
    builder._make_tf_example = lambda first, second: (
        [SPECIAL["[CLS]"], *first, SPECIAL["[SEP]"]]
        + ([*second, SPECIAL["[SEP]"]] if second else []),
        len(first) + 2,
    )
    lines = make_lines(seed + 1, count)
    made = [builder.add_line(" ".join(map(str, line))) for line in [*lines, []]]
    examples = [{"ids": ids, "first_segment": first} for ids, first in filter(None, made)]
    return {
        "max_length": max_length,
        "lines": lines,
        "drawn": module.random.drawn,
        "examples": examples,
    }


def main():
    module = load(sys.argv[1])
    cases = [run(module, 16, 1, 60), run(module, 64, 2, 250), run(module, 128, 3, 150)]
    target = pathlib.Path(__file__).with_name("examples.json")
    target.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
