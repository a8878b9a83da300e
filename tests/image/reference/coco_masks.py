"""Writes coco_masks.json: polygons and what pycocotools draws for them, as its compressed runs.

pip install pycocotools==2.0.11; python coco_masks.py > coco_masks.json
"""

import importlib.metadata
import json
import random

from pycocotools import mask

HEIGHT, WIDTH = 37, 53


def number(low, high):
    return random.choice([float(random.randint(low, high)), round(random.uniform(low, high), 2)])


def polygon(points, margin):
    values = []
    for _ in range(points):
        values += [number(-margin, WIDTH + margin), number(-margin, HEIGHT + margin)]
    return values


def runs(polygons):
    drawn = mask.merge(mask.frPyObjects(polygons, HEIGHT, WIDTH))
    return drawn["counts"].decode()


def main():
    random.seed(7)
    cases = []
    # Inside, across and all around the frame; crossing themselves; one point twice.
    for points in (3, 4, 5, 8, 13):
        for margin in (0, 10, 60):
            for count in (1, 2):
                cases.append([polygon(points, margin) for _ in range(count)])
    cases.append([[10, 10, 10, 10, 20, 10, 20, 20, 10, 20]])
    cases.append([[0, 0, WIDTH, 0, WIDTH, HEIGHT, 0, HEIGHT]])
    cases.append([[-500, -500, 900, -500, 900, 900, -500, 900]])
    cases.append([[100, 100, 120, 100, 120, 120]])
    cases.append([[5.5, 5.5, 5.5, 5.5, 5.5, 5.5]])
    cases.append([[3, 3, 30, 3, 30, 30, 3, 30], [20, 10, 45, 10, 45, 20, 20, 20]])
    version = importlib.metadata.version("pycocotools")
    lines = [json.dumps({"polygons": polygons, "runs": runs(polygons)}) for polygons in cases]
    print(f'{{"pycocotools": "{version}", "height": {HEIGHT}, "width": {WIDTH}, "cases": [')
    print(",\n".join(lines))
    print("]}")


main()
