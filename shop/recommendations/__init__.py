"""What to offer beside a product: what was bought together with it, and what is like it. Stored by a worker."""

from .learning import learn_all, learn_from
from .reading import Offered, arrange, wanted_beside

__all__ = ["Offered", "arrange", "learn_all", "learn_from", "wanted_beside"]
