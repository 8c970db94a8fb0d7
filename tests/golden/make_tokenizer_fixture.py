"""Writes tokenizer.json: what transformers' BertTokenizerFast makes of awkward texts.

Usage: python make_tokenizer_fixture.py

A small vocabulary with its special tokens in unusual places, texts full of what goes wrong in
tokenizers, and for every choice of case and accents the ids and the characters that they cover.
Beside them, for every choice, one hash of the ids of each hundred of 10,000 lines; `lines` makes
them, and so does the test.
"""

import json
import pathlib
import tempfile
import unicodedata

from transformers import BertTokenizerFast

WORDS = """the a chef cook ##ed ##ing meal un ##believ ##able don ' t naive naïve cafe café # ## $ 100 1 2 3
. , ! ? - — – “ ” ‘ ’ … « » ¿ ( ) [ ] { } < > = + / \\ @ & % * ^ _ ` | ~ ; : " 東 京 都 日 本 ##語 語 ひ ##ら が な
한 국 ##어 привет ##мир мир α β ##γ σ ς ß ss ﬁ fi İ i ı I A B C Z z ##z é e ##e ##é ñ n o ö ё е й и ् क ##ा का 💩 👩 ##👩 🏽 ² x ##² Ⅷ
long ##word mask cls sep M ##ask ##\u0301 \u0301 ##\u0307 a\u0301""".split()

TEXTS = [
    "", " ", "\t\n\r ", "The chef cooked the meal.", "THE CHEF COOKED!", "unbelievable", "don't", "naïve café",
    "nai\u0308ve cafe\u0301", "\u0301abc a\u0301\u0323b !\u0301e", "a\u0000b\ufffdc\u200bd\u200de\u00ade\u2060f",
    "a\u000bb\u000cc\u001cd\u0085e\u007ff", "a\u00a0b\u2003c\u2028d\u2029e\u3000f\u202fg", "東京都 日本語",
    "東京tower日本", "ひらがな", "한국어", "привет МИР", "αβγ ΣΑΣ σς", "STRASSE straße", "ﬁ ﬁne", "İIıi", "Ñandú",
    "ё й Ё Й", "का कि", "💩 👩🏽‍🍳 👩👩", "x² Ⅷ", "“quoted” — ‘text’…", "a—b–c-d", "«bonjour»¿que?", "#hash ##ing $100",
    "the [MASK] cooked [SEP] [CLS] [PAD] [UNK]", "[mask] [MASK [MASK]] [[MASK]]", "x[MASK]y", "[ MASK ]", "[M", "[",
    "a" * 99, "a" * 100, "a" * 101, "é" * 100, "é" * 101, "e\u0301" * 60, "longword" * 12, "longword" * 13,
    "abc" * 200 + " the", "😀" * 120, "東" * 150, "\U0002F800\uF900", "ａｂｃ ＡＢＣ", "½ ① ㎏", "\u1E9E \u0130",
    "e\u0301\u0301\u0301", "\u0323\u0301", "a\u0338= <\u0338", "\ufeffthe", "a\u2010b\u2011c\u2027d\u2030e", "·¶§¡",
    "\u0600\u06DD٠١", "ไทย ภาษา", "עִבְרִית", "العربية", "\ud7a3\u1100\u1161\u11a8", "the\u200bchef", "\u202ethe\u202c",
    "\U000E0001a", "\U0010FFFFb", "\u0378c", "\u16FE\u2045a\u2046",
]


def lines(words):
    """10,000 lines of words, pieces of the texts above and any characters, the same everywhere."""
    characters = "".join(TEXTS)
    state = 1

    def below(limit):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % limit

    def piece():
        kind = below(8)
        if kind < 4:
            word = words[below(len(words))]
            return word[2:] if word.startswith("##") else word
        if kind < 6:
            start = below(len(characters))
            return characters[start:start + 1 + below(6)]
        if kind == 6:
            return "".join(chr(ord("A") + below(26)) for _ in range(1 + below(4)))
        code = below(0x3100) if below(2) else below(0x110000)
        return chr(code if not 0xD800 <= code < 0xE000 else 0x20)

    for _ in range(10_000):
        yield "".join(piece() + ("" if below(3) == 0 else " ") for _ in range(1 + below(12)))


def hash_of(all_ids):
    """FNV-1a, 64 bits, of ids as four bytes each."""
    value = 0xCBF29CE484222325
    for ids in all_ids:
        for byte in b"".join(number.to_bytes(4, "little") for number in ids):
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def tokenizer(folder, lower_case, strip_accents):
    special = {"[MASK]": 3, "[PAD]": 17, "[SEP]": 18, "[UNK]": 40, "[CLS]": 70}
    tokens = []
    for word in WORDS:
        if word not in tokens:
            tokens.append(word)
    for token, place in sorted(special.items(), key=lambda item: item[1]):
        tokens.insert(place, token)
    path = pathlib.Path(folder) / "vocab.txt"
    path.write_text("".join(token + "\n" for token in tokens), encoding="utf-8")
    made = BertTokenizerFast(str(path), do_lower_case=lower_case, strip_accents=strip_accents)
    assert [made.convert_tokens_to_ids(name) for name in special] == list(special.values())
    return tokens, made


def main():
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for lower_case, strip_accents in [(True, True), (True, False), (False, False), (False, True)]:
            tokens, made = tokenizer(folder, lower_case, strip_accents)
            encoded = [made(text, return_offsets_mapping=True) for text in TEXTS]
            many = made(list(lines(tokens)))["input_ids"]
            cases.append({
                "lower": lower_case,
                "strip": strip_accents,
                "ids": [it["input_ids"] for it in encoded],
                "offsets": [it["offset_mapping"] for it in encoded],
                "hashes": [hash_of(many[start:start + 100]) for start in range(0, len(many), 100)],
            })
    fixture = {"vocab": tokens, "texts": TEXTS, "cases": cases}
    target = pathlib.Path(__file__).with_name("tokenizer.json")
    target.write_text(json.dumps(fixture, separators=(",", ":"), ensure_ascii=True) + "\n")
    print(len(TEXTS), "texts,", len(tokens), "tokens, Unicode", unicodedata.unidata_version)


if __name__ == "__main__":
    main()
