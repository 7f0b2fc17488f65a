"""The three scored tasks, one module each with the same shape.

`HEADLINE` names the slice that ranks systems. `load(path, gold_rows)` reads and validates a prediction file,
`counts(gold_rows, loaded)` counts it per article and slice, `evaluate(gold_rows, predicted_rows)` does both for rows in
memory and gives a dictionary with `f1`, and `as_prediction(gold)` is the gold in the prediction format. Gold rows are
joined rows (entities, events, quotes; see `communique.dataset.read_gold`) and may come from `load_dataset`.
"""

from types import ModuleType

from communique.tasks import entities, events, quotes

TASKS: dict[str, ModuleType] = {"entities": entities, "events": events, "quotes": quotes}
