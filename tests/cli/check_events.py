"""check_events.py FILE METRICS: reads a TensorBoard event file by TensorBoard's own reader and
compares it with the run's metrics.jsonl: the same epochs, each once, and their values as float32."""

import json
import sys

import numpy as np
from tensorboard.backend.event_processing import event_accumulator, event_file_loader

TAGS = {
    "loss": "loss/total",
    "loss_final": "loss/final_mask",
    "loss_location": "loss/location",
    "loss_level3": "loss/level3",
    "loss_level4": "loss/level4",
    "loss_level5": "loss/level5",
    "loss_boundary": "loss/boundary",
    "train_dice": "dice/training",
    "val_dice": "dice/validation",
    "val_iou": "iou/validation",
    "learning_rate": "learning_rate",
    "images_per_second": "images_per_second",
}


def main(path, metrics):
    # The loader stops without a word at a record whose checksum is wrong: all of them are counted.
    events = list(event_file_loader.EventFileLoader(path).Load())
    assert events[0].file_version == "brain.Event:2", events[0]
    with open(metrics, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    assert [event.step for event in events[1:]] == [line["epoch"] for line in lines], events
    times = [event.wall_time for event in events]
    assert times == sorted(times) and times[0] > 1.6e9, times

    accumulator = event_accumulator.EventAccumulator(path)
    accumulator.Reload()
    assert set(accumulator.Tags()["scalars"]) <= set(TAGS.values()), accumulator.Tags()
    compared = 0
    for key, tag in TAGS.items():
        wanted = [(line["epoch"], np.float32(line[key])) for line in lines if key in line]
        found = [(event.step, event.value)
                 for event in (accumulator.Scalars(tag) if wanted else [])]
        assert found == wanted, (tag, found, wanted)
        compared += len(found)
    assert compared > 0
    print(f"{path}: {len(lines)} epochs, {compared} values as metrics.jsonl has them")


main(*sys.argv[1:])
