"""How each demo wine is dressed: bottle, glass, foil, paper and ink by its kind, with a choice seeded by its code."""

from random import Random

from .bottles import Colour
from .labels import Label
from .pictures import Bottle
from .wines import Wine

# Kind of wine -> bottle, glass.
DEFAULTS = {
    "Red": ("bordeaux", "green"),
    "White": ("bordeaux", "pale"),
    "Rosé": ("bordeaux", "blush"),
    "Sparkling": ("champagne", "green"),
    "Sweet & fortified": ("bordeaux", "amber"),
}
# Kind of wine -> what foil and accent may be.
ACCENTS: dict[str, tuple[Colour, ...]] = {
    "Red": ((122, 31, 61), (142, 44, 34), (36, 52, 74), (58, 62, 44), (94, 40, 72)),
    "White": ((34, 84, 70), (182, 134, 44), (44, 86, 118), (106, 120, 48), (52, 62, 92)),
    "Rosé": ((206, 104, 96), (186, 82, 108), (222, 142, 92), (58, 104, 118)),
    "Sparkling": ((176, 138, 62), (32, 40, 62), (122, 31, 61), (40, 78, 66)),
    "Sweet & fortified": ((150, 92, 22), (96, 30, 34), (34, 30, 34), (128, 106, 42)),
}
FOILS: dict[str, tuple[Colour, ...]] = {
    "Rosé": ((240, 226, 218), (214, 150, 136)),
    "Sparkling": ((204, 172, 102), (40, 48, 70), (178, 182, 184), (122, 34, 58)),
}
PAPERS: tuple[Colour, ...] = ((248, 243, 231), (252, 249, 243), (239, 229, 208))
INK: Colour = (46, 28, 30)


def bottle_of(wine: Wine) -> Bottle:
    """The same bottle for the same wine, every time."""
    random = Random(wine.code)
    shape, glass = DEFAULTS[wine.category]
    accent = random.choice(ACCENTS[wine.category])
    label = Label(
        producer=wine.producer,
        name=wine.name,
        origin=wine.region,
        vintage=wine.vintage,
        style=wine.look["label"],
        paper=random.choice(PAPERS),
        ink=INK,
        accent=accent,
        seed=wine.code,
    )
    return Bottle(
        shape=wine.look.get("bottle", shape),
        glass=wine.look.get("glass", glass),
        capsule=random.choice(FOILS.get(wine.category, (accent,))),
        label=label,
    )
