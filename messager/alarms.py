"""When the contact page calls for people: messages that were given up."""

from collections.abc import Iterable

from background.health import alarm, counted

from .models import Message


@alarm
def messages_are_given_up() -> Iterable[str]:
    if number := counted(Message.objects.filter(state=Message.State.PARKED)):
        yield f"Messages of visitors that could not be passed on, to be read in the admin: {number}."
