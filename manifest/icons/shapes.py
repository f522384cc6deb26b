"""Shapes as signed distances: how far a point is from the edge, negative inside.

A distance gives smooth edges at any size, and shapes are put together by the smaller and the greater of two.
"""

import math
from collections.abc import Callable
from itertools import pairwise

Shape = Callable[[float, float], float]
Point = tuple[float, float]


def box(left: float, top: float, right: float, bottom: float, *, radius: float) -> Shape:
    """A rectangle with round corners."""
    x_middle, y_middle = (left + right) / 2, (top + bottom) / 2
    x_half, y_half = (right - left) / 2 - radius, (bottom - top) / 2 - radius

    def distance(x: float, y: float) -> float:
        across, down = abs(x - x_middle) - x_half, abs(y - y_middle) - y_half
        return math.hypot(max(across, 0), max(down, 0)) + min(max(across, down), 0) - radius

    return distance


def polygon(*corners: Point, radius: float) -> Shape:
    """A polygon, grown by ``radius``, which rounds its corners."""
    edges = list(pairwise((*corners, corners[0])))

    def distance(x: float, y: float) -> float:
        nearest = min(_to_segment(x, y, *edge) for edge in edges)
        crossings = sum(_crosses(x, y, *edge) for edge in edges)
        return (-nearest if crossings % 2 else nearest) - radius

    return distance


def _to_segment(x: float, y: float, start: Point, end: Point) -> float:
    across, down = end[0] - start[0], end[1] - start[1]
    along = ((x - start[0]) * across + (y - start[1]) * down) / (across * across + down * down)
    along = min(max(along, 0), 1)
    return math.hypot(x - start[0] - along * across, y - start[1] - along * down)


def _crosses(x: float, y: float, start: Point, end: Point) -> bool:
    """Whether a ray to the right of the point crosses the edge."""
    if (start[1] > y) == (end[1] > y):
        return False
    return x < start[0] + (y - start[1]) * (end[0] - start[0]) / (end[1] - start[1])


def outlined(shape: Shape, width: float) -> Shape:
    """The edge of a shape alone, drawn inwards."""
    return lambda x, y: abs(shape(x, y) + width / 2) - width / 2


def grown(shape: Shape, by: float) -> Shape:
    """A shape, larger all around."""
    return lambda x, y: shape(x, y) - by


def together(*shapes: Shape) -> Shape:
    """All of the shapes."""
    return lambda x, y: min(shape(x, y) for shape in shapes)


def without(shape: Shape, hole: Shape) -> Shape:
    """A shape with another one cut out."""
    return lambda x, y: max(shape(x, y), -hole(x, y))
