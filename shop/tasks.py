"""The catalogue's work for the worker: pictures, imports, recommendations, their sweep, and low stock."""

from background.locks import sweep_lock
from background.task import background_task

from . import changes, images, importing, listings, low_stock, recommendations, search
from .models import CatalogueImport, ProductImage, Sale

SALES = 20  # a sweep; the others' turn comes
PICTURES = 50  # a sweep; so many take a worker about as long as the next sweep is away


@background_task(topic="media.rendition")
def render_image(image_id: int) -> bool:
    """Make the renditions of one picture; whether that was done now. A second run does nothing."""
    return images.render(image_id)


# Below RabbitMQ's half hour, after which it would hand the message to another worker.
@background_task(topic="long.import", soft_time_limit=25 * 60, time_limit=26 * 60)
def work_on_import(import_id: int) -> bool:
    """Check or write one uploaded file; whether something was done. A second run does nothing."""
    return importing.work(import_id)


@background_task(topic="default.recommendations", ignore_result=True)
def learn_from_sale(reference: str) -> bool:
    """Take the sale with this order's number into account in recommendations. A second run does nothing."""
    return recommendations.learn_from(reference)


@background_task(topic="long.recommendations", soft_time_limit=25 * 60, time_limit=26 * 60)
def learn_anew() -> int | None:
    """Each night: recommendations, popularity and lists of every product, the words of search. Twice is once."""
    search.forget_words()
    learned = recommendations.learn_all()
    listings.refresh_all()
    return learned


@background_task(topic="default.listings", ignore_result=True)
def list_anew() -> None:
    """List the products that are due, and those whose time has come to be published. A second run does nothing."""
    listings.refresh_due()


# Every five minutes, so that no run meets the next one; what is left over is the next one's.
@background_task(topic="long.counts", soft_time_limit=4 * 60, time_limit=5 * 60, ignore_result=True)
def count_lists() -> None:
    """Count the lists that are too long to be counted for a page. A second run counts what has changed since."""
    with sweep_lock("count lists") as held:
        if held:
            listings.count_long_lists()


@background_task(topic="default.sweep", ignore_result=True)
def sweep() -> None:
    """Nudge what is overdue: pictures, imports, sales, lists. Only one sweep runs at a time; twice does no harm."""
    with sweep_lock("shop") as held:
        if held:
            for pk in ProductImage.objects.due().order_by("not_before").values_list("pk", flat=True)[:PICTURES]:
                render_image.nudge_on_commit(pk)
            for pk in CatalogueImport.objects.due().values_list("pk", flat=True)[:PICTURES]:
                work_on_import.nudge_on_commit(pk)
            unlearned = Sale.objects.filter(is_learned=False).order_by("at")
            for reference in unlearned.values_list("reference", flat=True)[:SALES]:
                learn_from_sale.nudge_on_commit(reference)
            if listings.is_due():
                list_anew.nudge_on_commit()
            changes.forget_old()
            listings.forget_old()


@background_task(topic="mail.low_stock", ignore_result=True)
def tell_of_low_stock() -> None:
    """Mail staff which variants fell below their mark. A second run tells nothing twice."""
    low_stock.tell_staff()
