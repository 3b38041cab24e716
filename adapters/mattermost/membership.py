"""Which of our channels the bot cannot hear at the moment."""

from typing import Final

from adapters.base import ChannelBack, ChannelLost, Destination, Host
from adapters.mattermost.options import Options
from adapters.mattermost.stream import Event

BACK: Final = {"user_added", "channel_restored"}
AWAY: Final = {"user_removed", "channel_deleted"}
OF_A_USER: Final = {"user_added", "user_removed"}


class Membership:
    """Tells the host when one is lost or back, once each."""

    def __init__(self, options: Options) -> None:
        """Begin with all of them well."""
        self._options = options
        self._lost: set[str] = set()

    def hear(self, event: Event, me: str, host: Host) -> None:
        """Look at an event; most are about something else."""
        channel = event.data.get("channel_id") or event.broadcast.get("channel_id")
        user = event.data.get("user_id") or event.broadcast.get("user_id")
        if not isinstance(channel, str) or (event.kind in OF_A_USER and user != me):
            return
        if event.kind in AWAY:
            self.lost(channel, host)
        elif event.kind in BACK:
            self.back(channel, host)

    def lost(self, channel: str, host: Host) -> None:
        """Tell that a channel is lost, if it is one of ours and this is new."""
        if channel in self._lost or channel not in self._options.channels:
            return
        self._lost.add(channel)
        sentence = "The bot is no member of this channel (any more), or it is archived"
        host.report(ChannelLost(Destination(self._options.name, channel), "lost", sentence))

    def back(self, channel: str, host: Host) -> None:
        """Tell that a channel is back, if it was lost."""
        if channel in self._lost:
            self._lost.discard(channel)
            host.report(ChannelBack(Destination(self._options.name, channel)))
