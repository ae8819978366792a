"""Papers of an order: invoice and credit notes, numbered and kept; packing slips, made when they are asked for."""

from .issuing import credit_note_of, credited, issue_credit_note, issue_invoice
from .making import make, pdf_of
from .slips import packing_slips

__all__ = [
    "credit_note_of",
    "credited",
    "issue_credit_note",
    "issue_invoice",
    "make",
    "packing_slips",
    "pdf_of",
]
