"""Writes scores.json: what scikit-learn, scipy, seqeval and SQuAD's script say of random predictions.

Usage: python make_scores_fixture.py

Needs scikit-learn 1.9, scipy 1.17, seqeval 1.2 and transformers 4.57, whose
`transformers.data.metrics.squad_metrics` is SQuAD 2.0's script; version 1.1 differs in one function,
which stands below. Ties, empty classes, constants and broken tag sequences come up on purpose.
"""

import collections
import json
import pathlib
import random
import warnings

import scipy.stats
import sklearn.metrics
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from transformers.data.metrics import squad_metrics

warnings.simplefilter("ignore")
rng = random.Random(20200426)


def classes():
    kinds = rng.choice([2, 2, 3, 4])
    length = rng.choice([1, 2, 3, 7, 15, 30])
    gold = [rng.randrange(kinds) for _ in range(length)]
    # From noise to certainty, and now and then a constant.
    share = rng.random()
    predicted = [label if rng.random() < share else rng.randrange(kinds) for label in gold]
    if rng.random() < 0.1:
        predicted = [rng.randrange(kinds)] * length
    f1 = sklearn.metrics.precision_recall_fscore_support(
        gold, predicted, labels=[1], average=None, zero_division=0
    )
    return {
        "predicted": predicted,
        "gold": gold,
        "accuracy": sklearn.metrics.accuracy_score(gold, predicted),
        "f1": [f1[0][0], f1[1][0], f1[2][0]],
        "macro_f1": sklearn.metrics.f1_score(gold, predicted, average="macro", zero_division=0),
        "matthews": sklearn.metrics.matthews_corrcoef(gold, predicted),
    }


def finite(value):
    return float(value) if value == value else None


def scores():
    length = rng.choice([2, 3, 5, 8, 12])
    # Halves tie often; every value is written exactly enough to be read back the same.
    step = rng.choice([0.5, 0.25, 2.0**-10, 2.0**17])
    gold = [step * rng.randrange(11) for _ in range(length)]
    noise = rng.choice([0, 1, 5, 40])
    predicted = [value + step * rng.randint(-noise, noise) for value in gold]
    if rng.random() < 0.1:
        predicted = [step] * length
    return {
        "predicted": predicted,
        "gold": gold,
        "pearson": finite(scipy.stats.pearsonr(predicted, gold)[0]),
        "spearman": finite(scipy.stats.spearmanr(predicted, gold)[0]),
        "mse": sklearn.metrics.mean_squared_error(gold, predicted),
    }


def tags():
    scheme = rng.choice(["BIO", "BIOES", "broken"])
    sentences = []
    for _ in range(rng.choice([1, 1, 2, 4])):
        length = rng.choice([1, 3, 6, 10])
        gold = sentence(length, scheme)
        predicted = [tag if rng.random() < 0.7 else sentence(1, "broken")[0] for tag in gold]
        sentences.append((predicted, gold))
    predicted, gold = [list(side) for side in zip(*sentences)]
    return {
        "predicted": [" ".join(row) for row in predicted],
        "gold": [" ".join(row) for row in gold],
        "spans": [[list(span) for span in get_entities(row)] for row in predicted],
        "precision": float(precision_score(gold, predicted, zero_division=0)),
        "recall": float(recall_score(gold, predicted, zero_division=0)),
        "f1": float(f1_score(gold, predicted, zero_division=0)),
        "accuracy": sklearn.metrics.accuracy_score(sum(gold, []), sum(predicted, [])),
    }


def sentence(length, scheme):
    if scheme == "broken":
        letters = [rng.choice("BIESO") for _ in range(length)]
        return [it if it == "O" else f"{it}-{rng.choice(['NP', 'VP'])}" for it in letters]
    row = []
    while len(row) < length:
        kind, span = rng.choice(["NP", "VP", "PER"]), rng.randint(1, 3)
        if rng.random() < 0.4:
            row.append("O")
        elif scheme == "BIO":
            row += [f"B-{kind}"] + [f"I-{kind}"] * (span - 1)
        elif span == 1:
            row.append(f"S-{kind}")
        else:
            row += [f"B-{kind}"] + [f"I-{kind}"] * (span - 2) + [f"E-{kind}"]
    return row[:length]


WORDS = """the The a an A of cat Cat cats dog, dog U.S. u.s 24–10 "x" É é naïve Straße ΣΑΣ ii a-b an' (the) don't
- . théa 3.5 $5 東京 ½ _x_ Ⅷ""".split()
SPACES = [" ", "  ", "\t", "\u00a0", "\u2003", " \n"]


def phrase(most):
    words = [rng.choice(WORDS) for _ in range(rng.randint(0, most))]
    return "".join(word + rng.choice(SPACES) for word in words)


def f1_of_version_1(gold, predicted):
    gold, predicted = squad_metrics.get_tokens(gold), squad_metrics.get_tokens(predicted)
    same = sum((collections.Counter(gold) & collections.Counter(predicted)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(predicted), same / len(gold)
    return 2 * precision * recall / (precision + recall)


def answers():
    gold = [phrase(4) for _ in range(rng.randint(0, 3))]
    predicted = rng.choice(gold) if gold and rng.random() < 0.5 else phrase(5)
    if rng.random() < 0.5:
        predicted = predicted.upper() if rng.random() < 0.5 else " ".join(predicted.split()[1:])
    known = [answer for answer in gold if squad_metrics.normalize_answer(answer)] or [""]
    return {
        "predicted": predicted,
        "gold": gold,
        "normal": squad_metrics.normalize_answer(predicted),
        "version_1": [
            max((int(squad_metrics.compute_exact(it, predicted)) for it in gold), default=0),
            max((f1_of_version_1(it, predicted) for it in gold), default=0),
        ],
        "version_2": [
            max(squad_metrics.compute_exact(it, predicted) for it in known),
            max(float(squad_metrics.compute_f1(it, predicted)) for it in known),
        ],
    }


def thresholds():
    """Questions with different leads: where leads are equal, the script's order decides."""
    count = rng.choice([1, 2, 5, 12])
    leads = rng.sample(range(-40, 40), count)
    questions = []
    for lead in leads:
        gold = [phrase(3) + "cat" for _ in range(rng.choice([0, 1, 2]))]
        predicted = rng.choice(gold) if gold and rng.random() < 0.6 else phrase(3) + "dog"
        questions.append([predicted, gold, lead / 4])
    names = [str(at) for at in range(count)]
    has_answer = {name: bool(it[1]) for name, it in zip(names, questions)}
    leads = {name: it[2] for name, it in zip(names, questions)}
    predicted = {name: it[0] for name, it in zip(names, questions)}
    best = {}
    for key, compare in [("exact", squad_metrics.compute_exact), ("f1", squad_metrics.compute_f1)]:
        raw = {
            name: max(float(compare(gold, it[0])) for gold in it[1] or [""])
            for name, it in zip(names, questions)
        }
        best[key] = squad_metrics.find_best_thresh(predicted, raw, leads, has_answer)[0] / 100
        always = {name: max(raw[name], 0.0) for name in names}
        cut = squad_metrics.apply_no_ans_threshold(always, leads, has_answer, 0.0)
        best[f"{key}_at_0"] = sum(cut.values()) / count
    return {"questions": questions, **best}


def main():
    file = {
        "classes": [classes() for _ in range(450)],
        "scores": [scores() for _ in range(350)],
        "tags": [tags() for _ in range(450)],
        "answers": [answers() for _ in range(900)],
        "thresholds": [thresholds() for _ in range(120)],
    }
    lines = ["{"]
    for at, (name, cases) in enumerate(file.items()):
        rows = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
        lines.append(f'"{name}": [\n{rows}\n]' + ("," if at + 1 < len(file) else ""))
    lines.append("}\n")
    pathlib.Path(__file__).with_name("scores.json").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
