"""A line editor with history and completion, and messages that appear above it."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import get_cwidth

from adapters.base import SpanKind
from adapters.console.screen import Shown
from adapters.console.wrapping import wrapped

STYLES = {
    None: "",
    SpanKind.STRONG: "bold",
    SpanKind.CODE: "ansicyan",
    SpanKind.TIME: "",
}
QUIET = "ansibrightblack"


class PhraseCompleter(Completer):
    """Completes what is typed to a phrase, also behind `as NAME:`, and the names themselves."""

    def __init__(self, phrases: Sequence[str], people: Sequence[str]) -> None:
        """Know these phrases and these people."""
        self._phrases = phrases
        self._people = [f"as {who}" for who in people]

    def get_completions(self, document: Document, _event: CompleteEvent) -> Iterable[Completion]:
        """Offer every phrase that goes on from what is typed."""
        typed = document.text_before_cursor.lstrip()
        known = [*self._phrases, *self._people]
        if typed.startswith("as ") and ":" in typed:
            typed, known = typed.partition(":")[2].lstrip(), list(self._phrases)
        for phrase in known:
            if phrase.startswith(typed):
                yield Completion(phrase, start_position=-len(typed))


class EditorScreen:
    """A terminal; what is under way stands above the line that is typed until it is done."""

    paced = False

    def __init__(
        self,
        phrases: Sequence[str],
        people: Sequence[str],
        *,
        source: Input | None = None,
        sink: Output | None = None,
    ) -> None:
        """Edit on this process's terminal unless another is given."""
        self._notes: tuple[Shown, ...] = ()
        self._who = ""
        self._raw = ExitStack()
        self._has_begun = False
        self._session: PromptSession[str] = PromptSession(
            message=self._prompt,
            history=InMemoryHistory(),
            completer=PhraseCompleter(phrases, people),
            complete_while_typing=False,
            reserve_space_for_menu=4,
            auto_suggest=AutoSuggestFromHistory(),
            input=source,
            output=sink,
        )

    async def ask(self, who: str) -> str | None:
        """Edit a line; None for end of input, be it Ctrl-D, Ctrl-C or a terminal that is gone."""
        self._who = who
        if not self._has_begun:
            # Also between two lines, so that no key is taken for something else.
            self._has_begun = True
            self._raw.enter_context(self._session.app.input.raw_mode())
        try:
            return await self._session.prompt_async()
        except (EOFError, KeyboardInterrupt):
            return None

    async def show(self, message: Shown) -> None:
        """Print a message above the line being edited."""
        width = self._session.app.output.get_size().columns
        pieces = wrapped(((None, message.heading), *message.pieces), width, get_cwidth)
        self._print(FormattedText([(STYLES[kind], text) for kind, text in pieces]))

    async def remark(self, text: str) -> None:
        """Print a word of the console itself above the line being edited."""
        self._print(FormattedText([(QUIET, f"({text})")]))

    def waiting(self, notes: Sequence[Shown]) -> None:
        """Show these notes above the line being edited, and no others any more."""
        self._notes = tuple(notes)
        self._session.app.invalidate()

    def close(self) -> None:
        """Leave raw mode."""
        self._raw.close()

    def _prompt(self) -> FormattedText:
        notes = [(QUIET, f"{note.text}\n") for note in self._notes]
        return FormattedText([*notes, ("bold", f"{self._who}> ")])

    def _print(self, text: FormattedText) -> None:
        # Not by the library's own ways to print above an editor (`run_in_terminal`, `patch_stdout`,
        # its other `print_formatted_text`): they leave raw mode for as long as they print, and a
        # Ctrl-D that is typed just then is lost.
        app = self._session.app
        if app.is_running:
            app.renderer.erase()
        print_formatted_text(app.output, [*text, ("", "\n")], Style([]))
        if app.is_running:
            app.renderer.reset()
            app.invalidate()
