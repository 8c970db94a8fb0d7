"""How fast `tokenizers`, called from Python with batch encoding, tokenises a text.

Usage: python tokenizing.py TEXT.gz vocab.txt

The other side of tokenizing.rs: the same text and vocabulary on the same cores. Only the encoding is
timed; reading, unpacking and packing into rows, which the other side includes, are not.
"""

import gzip
import json
import sys
import time

from tokenizers import BertWordPieceTokenizer

BATCH = 2000


def main():
    text, vocab = sys.argv[1:3]
    tokenizer = BertWordPieceTokenizer(vocab, lowercase=True, strip_accents=True)
    with gzip.open(text, "rt", encoding="utf-8", newline="\n") as file:
        lines = [line for line in file.read().split("\n") if line.strip()]
    size = sum(len(line.encode()) + 1 for line in lines)
    results = {}
    for name in ["encode_batch", "encode_batch_fast"]:
        encode = getattr(tokenizer, name, None) or getattr(tokenizer._tokenizer, name, None)
        if encode is None:
            continue
        tokens, begin = 0, time.perf_counter()
        for start in range(0, len(lines), BATCH):
            encodings = encode(lines[start : start + BATCH], add_special_tokens=False)
            tokens += sum(len(encoding) for encoding in encodings)
        seconds = time.perf_counter() - begin
        results[name] = {
            "seconds": seconds,
            "megabytes_per_second": size / 1e6 / seconds,
            "tokens": tokens,
        }
    print(json.dumps(results))


if __name__ == "__main__":
    main()
