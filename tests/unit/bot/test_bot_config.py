import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Destination
from bot.config import ConfigurationFaults, CutOff, Language, Method, load
from bot.config.shape import PretixSettings, Url, WeekMinute
from bot.policy import Person, Place, Role
from bot.probe import Family

WHOLE = """
language = "en"
timezone = "Europe/Brussels"
state_dir = "/srv/bot"
core_config = "/srv/core.toml"
core_state_dir = "/srv/core"
helper = ["/bin/helper"]
max_command_age = 60
contact = "the IT committee"
[[person]]
name = "Anna"
role = "treasurer"
ids = { telegram = "12345", console = "anna" }
expires = 2027-09-01
[[person]]
name = "Bob"
role = "member"
ids = { telegram = "6" }
[[destination]]
adapter = "telegram"
channel = "-100"
thread = "7"
label = "board chat"
commands = false
announcements = false
language = "nl"
card = true
treasurer = true
[[destination]]
adapter = "console"
channel = "room"
[announcements]
max_age = 48
merge_after_events = 5
merge_after_minutes = 30
ahead = 45
remind_after = 12
[probe]
url = "https://tickets.example/"
more_urls = ["https://party.example/"]
fingerprint = "our page"
ip = "both"
timeout = 5
beat = 2
ca_file = "/etc/own.pem"
nginx_url = "https://127.0.0.1/"
nginx_host = "shop.example"
[monitoring]
listen = "[::1]:9478"
ping_url = "credential:ping"
ping_every = 2
[pretix]
url = "https://127.0.0.1/"
token = "credential:pretix-token"
host = "tickets.example"
ca_file = "/etc/own.pem"
[cut_off]
at = "Mon 00:30"
timezone = "Europe/Paris"
methods = ["card", "ideal"]
[adapters.telegram]
token = "credential:telegram-token"
[adapters.console]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.toml"


def faults(file: Path, text: str) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationFaults) as caught:
        load(file)
    assert str(caught.value) == "; ".join(caught.value.faults)
    return list(caught.value.faults)


def test_everything_that_can_be_said_is_read(file: Path) -> None:
    file.write_text(WHOLE, encoding="utf-8")
    config = load(file)
    assert config.people == (
        Person(
            "Anna",
            Role.TREASURER,
            {"telegram": "12345", "console": "anna"},
            dt.date(2027, 9, 1),
        ),
        Person("Bob", Role.MEMBER, {"telegram": "6"}),
    )
    assert config.destinations == (
        Place(
            Destination("telegram", "-100", "7"),
            "board chat",
            commands=False,
            announcements=False,
            language="nl",
            card=True,
            treasurer=True,
        ),
        Place(Destination("console", "room")),
    )
    assert (config.language, config.timezone) == (Language.EN, ZoneInfo("Europe/Brussels"))
    assert (config.state_dir, config.core_config) == (Path("/srv/bot"), Path("/srv/core.toml"))
    assert config.core_state_dir == Path("/srv/core")
    assert (config.helper, config.contact) == (("/bin/helper",), "the IT committee")
    assert config.max_command_age == dt.timedelta(seconds=60)
    assert config.announcements.max_age == dt.timedelta(hours=48)
    assert config.announcements.merge_after_events == 5
    assert config.announcements.ahead == dt.timedelta(minutes=45)
    assert config.announcements.remind_after == dt.timedelta(hours=12)
    assert config.announcements.merge_after_minutes == dt.timedelta(minutes=30)
    assert config.probe is not None
    assert config.probe.all_urls == ("https://tickets.example/", "https://party.example/")
    assert (config.probe.fingerprint, config.probe.ip) == ("our page", Family.BOTH)
    assert config.probe.timeout == dt.timedelta(seconds=5)
    assert config.probe.beat == dt.timedelta(minutes=2)
    assert config.probe.ca_file == Path("/etc/own.pem")
    assert (config.probe.nginx_url, config.probe.site) == ("https://127.0.0.1/", "shop.example")
    assert (config.monitoring.listen, config.monitoring.ping_url) == (
        ("::1", 9478),
        "credential:ping",
    )
    assert config.monitoring.ping_every == dt.timedelta(minutes=2)
    assert config.pretix == PretixSettings(
        Url("https://127.0.0.1/"),
        "credential:pretix-token",
        "tickets.example",
        Path("/etc/own.pem"),
    )
    assert config.cut_off == CutOff(
        WeekMinute(30), ZoneInfo("Europe/Paris"), (Method.CARD, Method.IDEAL)
    )
    assert config.adapters == {
        "telegram": {"token": "credential:telegram-token"},
        "console": {},
    }


def test_an_empty_file_means_the_defaults_and_nobody(file: Path) -> None:
    file.write_text("", encoding="utf-8")
    config = load(file)
    assert (config.people, config.destinations, dict(config.adapters)) == ((), (), {})
    assert config.helper == ("sudo", "-n", "/usr/sbin/pretix-maintenance")
    assert config.max_command_age == dt.timedelta(seconds=120)
    assert config.announcements.max_age == dt.timedelta(hours=24)
    assert (config.language, config.core_state_dir, config.probe) == (Language.NL, None, None)


def test_what_stands_in_adapters_tables_is_not_shown_by_accident(file: Path) -> None:
    file.write_text(WHOLE, encoding="utf-8")
    assert "telegram-token" not in repr(load(file))


def test_all_faults_are_told_at_once(file: Path) -> None:
    assert faults(
        file,
        """
        language = "fr"
        max_command_age = -5
        contct = "IT"
        helper = []
        [[person]]
        role = "boss"
        ids = {}
        [[destination]]
        adapter = "telegram"
        channel = -100
        """,
    ) == [
        "person[0].name: is missing",
        'person[0].role: must be one of treasurer, board, member, not "boss"',
        "destination[0].channel: must be text in quotes, not a number",
        'language: must be one of nl, en, not "fr"',
        "max_command_age: must be between 1 and 1000000, not -5",
        "contct: is not a known key; did you mean contact?",
        "helper: must name the command that runs pretix-maintenance",
        "person[0].ids: must hold at least one id, or the person can do nothing",
        'destination[0].adapter: there is no table [adapters.telegram] for "telegram"',
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("timezone = 'Mars/Base'", 'timezone: "Mars/Base" is not a known time zone'),
        ("timezone = '../../etc/passwd'", "is not a known time zone"),
        ("timezone = ''", "timezone: must not be empty"),
        ("contact = ' '", "contact: must not be empty"),
        ('contact = "a\\nb"', "contact: must not hold control characters"),
        ("contact = true", "contact: must be text in quotes, not true or false"),
        ("contact = [1]", "contact: must be text in quotes, not a list"),
        ("contact = {}", "contact: must be text in quotes, not a table"),
        ("contact = 2027-09-01", "contact: must be text in quotes, not a date or time"),
        ("helper = 'sudo'", "helper: must be a list"),
        ("helper = ['sudo', 3]", "helper[1]: must be text in quotes, not a number"),
        ("max_command_age = 1.5", "max_command_age: must be a whole number, not a number"),
        ("max_command_age = true", "max_command_age: must be a whole number, not true or false"),
        ("max_command_age = 0", "max_command_age: must be between 1 and 1000000, not 0"),
        ("person = 'anna'", "person: must be a list"),
        ("person = ['anna']", "person[0]: must be a table"),
        ("announcements = 3", "announcements: must be a table"),
        ("[announcements]\nmax_age = -1", "announcements.max_age: must be between 1"),
        ("[announcements]\nmerge_after_events = 0", "announcements.merge_after_events: must be"),
        ("[probe]", "probe.url: is missing"),
        *(
            (f"[monitoring]\nlisten = '{listen}'", "monitoring.listen: must be a port of this")
            for listen in ("0.0.0.0:9478", "example.org:80", "127.0.0.1", "127.0.0.1:0", "::1:x")
        ),
        ("[probe]\nurl = 'tickets.example'", "probe.url: must be an address such as"),
        ("[probe]\nurl = 'https://a:b@x/'", "probe.url: must not hold a user name or password"),
        ("[probe]\nurl = 'https://x/'\nip = '5'", "probe.ip: must be one of any, 4, 6, both"),
        ("[probe]\nurl = 'https://x/'\nmore_urls = ['x']", "probe.more_urls[0]: must be an addr"),
        ("[probe]\nurl = 'https://x/'\ntimeout = 31", "probe.timeout: must not be longer than 30"),
        ("[probe]\nurl = 'https://x/'\nnginx_host = 'x'", "probe.nginx_host: there is no"),
        ("[probe]\nurl = 'https://x/'\nulr = 1", "probe.ulr: is not a known key; did you mean url"),
        ("[cut_off]\nat = 'Monday'", "cut_off.at: must be a weekday and a time such as"),
        ("[cut_off]\nat = 'Mon 24:00'", "cut_off.at: must be a weekday and a time such as"),
        ("[cut_off]", "cut_off.at: is missing"),
        ("[cut_off]\nat = 'Mon 00:00'\nmethods = []", "cut_off.methods: must name at least"),
        ("[cut_off]\nat = 'Mon 00:00'\nmethods = ['cash']", "cut_off.methods[0]: must be one of"),
        ("zzz = 1", "zzz: is not a known key"),
        ("[adapters]\ntelegram = 3", "adapters.telegram: must be a table"),
        ("adapters = 3", "adapters: must be a table"),
        ("language = 3", "language: must be one of nl, en"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(file: Path, text: str, fault: str) -> None:
    told = faults(file, text)
    assert len(told) == 1
    assert fault in told[0]


@pytest.mark.parametrize(
    ("person", "fault"),
    [
        ("expires = '2027-09-01'", "person[0].expires: must be a date without quotes"),
        ("expires = 2027-09-01T10:00:00Z", "person[0].expires: must be a date without quotes"),
        ("expirse = 2027-09-01", "person[0].expirse: is not a known key; did you mean expires?"),
        ("ids.telegram = 3", "person[0].ids.telegram: must be text in quotes, not a number"),
    ],
)
def test_a_wrong_person_is_named_by_number(file: Path, person: str, fault: str) -> None:
    ids = "" if "ids" in person else "ids = { console = 'anna' }"
    told = faults(file, f"[[person]]\nname = 'Anna'\nrole = 'board'\n{ids}\n{person}\n")
    assert len(told) == 1
    assert fault in told[0]


def test_a_name_that_the_core_would_refuse_is_refused_here(file: Path) -> None:
    text = f"[[person]]\nname = '{'x' * 101}'\nrole = 'board'\nids = {{ console = 'x' }}"
    assert faults(file, text) == ["person[0].name: must not be longer than 100 characters"]
    file.write_text(text.replace("x" * 101, "x" * 100), encoding="utf-8")
    assert load(file).people[0].name == "x" * 100


def test_an_id_belongs_to_one_person(file: Path) -> None:
    person = "[[person]]\nname = 'Anna'\nrole = 'board'\nids = { telegram = '1' }\n"
    assert faults(file, person * 2) == [
        'person[1].ids.telegram: "1" is already the id of person[0]'
    ]


def test_the_same_id_on_two_platforms_may_be_two_people(file: Path) -> None:
    person = "[[person]]\nname = 'Anna'\nrole = 'board'\nids = { telegram = '1' }\n"
    file.write_text(person + person.replace("telegram", "mattermost"), encoding="utf-8")
    assert len(load(file).people) == 2


def test_a_destination_is_named_once(file: Path) -> None:
    place = "[[destination]]\nadapter = 'console'\nchannel = 'room'\n"
    text = place * 2 + place + "thread = '7'\n[adapters.console]\n"
    assert faults(file, text) == ["destination[1]: is the same destination as destination[0]"]


def test_a_misspelled_destination_is_told_besides_the_other_faults(file: Path) -> None:
    text = "[[destination]]\nadapter = 'console'\nchannel = 'room'\ncomands = true\n"
    assert faults(file, text + "[adapters.console]") == [
        "destination[0].comands: is not a known key; did you mean commands?"
    ]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFaults, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_a_file_that_is_not_toml_is_a_fault_with_its_line(file: Path) -> None:
    assert "line 2" in faults(file, 'contact = "IT"\nlanguage = nl\n')[0]


def test_a_file_that_is_not_text_is_a_fault(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationFaults, match="is not UTF-8 text"):
        load(file)
