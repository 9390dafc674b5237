"""Every bound of the device side, each with its reason."""

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The numbers that supervision, claims, events and printing keep. Tests pass shorter ones."""

    # A Python process with a plugin's imports starts in a third of a second; a busy single-board computer in three.
    start_timeout_ms: int = 10_000
    # Hosts that start for the first time at once: with the daemon come all of them, and a small box has few cores.
    # Later starts wait for nobody.
    first_starts_max: int = 8
    # Three heartbeats of 500 ms and a little for the scheduler; a hung driver shows within two seconds.
    silence_ms: int = 1_600
    # How often silences, claims and old events are looked at. Twenty hosts cost less than 0.1 % of a core at this rate.
    tick_ms: int = 100
    # Between TERM and KILL for a host that does not answer any more.
    terminate_wait_ms: int = 2_000
    # At shutdown, all hosts at once: after Stop a host may write its port's last bytes, after TERM it has had its time.
    # The daemon as a whole has 5 s, and its streams take 2 of them.
    stop_wait_ms: int = 700
    stop_terminate_wait_ms: int = 300

    # The first restart comes at once, as a person would press the plug in again; a dead port is asked twice a minute.
    backoff_first_ms: int = 100
    backoff_most_ms: int = 30_000
    # A host that dies more often than this in the window will not be mended by starting it again.
    failures_max: int = 5
    failures_window_ms: int = 60_000
    # Long enough for somebody to plug the thing in properly, short enough that nobody has to drive to the shop.
    quarantine_ms: int = 600_000

    # Lines of a host's output that go to the log: a traceback at once, then a trickle.
    output_lines_burst: int = 100
    output_lines_per_second: int = 10
    output_line_chars_max: int = 1_000

    # Frames of one host in one tick before its socket is left unread until the next: a reader gives ten a second.
    frames_per_tick_max: int = 500
    # The largest thing read is a QR code of 2,953 bytes, given as text, as raw bytes and as fields.
    event_bytes_max: int = 16_384
    # Held for a POS that comes back. A cashier scans one item a second; this is over eight minutes of it.
    events_held_max: int = 512
    # A restarted POS is back by then; card numbers do not lie in memory for a whole shift.
    events_kept_ms: int = 600_000
    # Longer than a slow POS takes, shorter than the next customer needs to come.
    event_fresh_ms: int = 5_000

    # A claim outlives its holder by this: a reconnect takes less than a second.
    claim_ms: int = 3_000

    # Slips waiting for one printer. More than this and the paper is what people wait for.
    print_queue_max: int = 32
    # A printer that is being plugged in again is back by then; the cashier does not wait longer for a slip.
    print_wait_ms: int = 5_000
    # A driver always tells, 300 s being the longest that one may be set to wait; this is for a driver that forgets.
    print_result_ms: int = 310_000
    # Between attempts to store an outcome while the disk is full.
    print_store_retry_ms: int = 1_000
    # What a job that is being printed may still take when the gateway goes down.
    print_drain_ms: int = 1_000
