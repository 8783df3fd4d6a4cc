"""How high the lines above and below a drawing are."""


def headline_height(lines: int, size: float) -> float:
    """Return how high the lines of a headline are, in points, with the room below them."""
    return size * 1.22 * lines + 0.35 * size


def source_height(lines: int, size: float) -> float:
    """Return how high the lines of a source line are, in points, with the room above them."""
    return size * 1.22 * lines + 3
