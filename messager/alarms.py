"""When the contact page calls for people: messages that were given up."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from background.health import Rows, alarm

from .models import Message


@alarm
def messages_are_given_up() -> Iterable[Rows]:
    yield Rows(
        Message.objects.filter(state=Message.State.PARKED),
        _("Messages of visitors that could not be passed on, to be read in the admin: %s."),
    )
