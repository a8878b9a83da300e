"""The loss of src/nn/losses.cpp: BCE − log IoU over every supervised output."""

import torch
import torch.nn.functional as F

from network import resize_like

EPSILON = 1e-6


def bce_iou(logits, target, weights, per_image):
    bce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    p = torch.sigmoid(logits)
    t, both = target, p * target
    if weights is not None:
        bce, p, t, both = bce * weights, p * weights, target * weights, both * weights

    def total(x):
        return x.flatten(1).sum(1)

    bce_sum = total(bce)
    if weights is not None:
        weight_sum = total(weights)
    else:
        weight_sum = torch.full_like(bce_sum, logits[0].numel())
    intersection, union = total(both), total(p) + total(t)
    if not per_image:
        bce_sum, weight_sum = bce_sum.sum(), weight_sum.sum()
        intersection, union = intersection.sum(), union.sum()
    iou = (intersection + EPSILON) / (union - intersection + EPSILON)
    if per_image:  # an empty mask: the background's IoU
        background = (weight_sum - union + intersection) / weight_sum
        iou = torch.where(total(target) > 0, iou, background + EPSILON)
    return (bce_sum / weight_sum - torch.log(iou)).mean()


def bcnet_loss(outputs, mask, boundary, edge_weights, options):
    logits, edges, location, levels = outputs
    if options["iou_term"] != "log":
        raise SystemExit("losses.py knows the loss of iou_term = \"log\" alone")
    per_image = options["iou"] == "image"

    def term(prediction, target, weights):
        return bce_iou(resize_like(prediction.float(), target), target, weights, per_image)

    def coarse(target):
        stride = options["auxiliary_stride"]
        return F.avg_pool2d(target, stride) if stride > 1 and target is not None else target

    grid, weights = coarse(mask), coarse(edge_weights)
    return (
        options["final"] * term(logits, mask, edge_weights)
        + options["location"] * term(location, grid, weights)
        + options["levels"] * sum(term(level, grid, weights) for level in levels)
        + options["boundary"] * term(edges, coarse(boundary), None)
    )
