"""Does a SIGTERM do to open requests what it does in each vLLM version?"""

import signal
import unittest

from llm_standin.exchange import COMPLETE, CUT, STALLED, tokens
from llm_standin.testing import Case, wait_for

SILENCE = 1.5  # no byte for so long after the engine's death is a hang


class Sigterm(Case):
    """One stream and one unary request are open when the signal comes."""

    COUNT = 60  # at 50 tokens a second: more than a second

    def start_busy(self, era, *arguments, count=COUNT):
        standin = self.start("--era", era, "--tokens-per-second", 50, *arguments)
        unary = standin.complete(max_tokens=count)
        stream = standin.complete(stream=True, max_tokens=count).read_until(" t5")
        return standin, stream, unary

    def assert_all_finish(self, standin, *answers):
        for answer in answers:
            self.assert_whole(answer, self.COUNT)
        self.assertEqual(standin.wait(), 0)
        self.assertTrue(standin.engine.wait_gone(0))

    def assert_hang(self, standin, stream, unary):
        self.assertTrue(standin.engine.wait_gone())
        self.assertEqual(stream.finish(SILENCE).end, STALLED)
        self.assertNotIn("[DONE]", stream.body)
        self.assertEqual((unary.finish(0.01).end, unary.raw), (STALLED, b""))

    def assert_refuses(self, standin):
        wait_for(standin.refuses, "connections are refused")

    def test_folklore_finishes(self):
        standin, *answers = self.start_busy("folklore")
        standin.kill()
        self.assert_refuses(standin)
        self.assert_all_finish(standin, *answers)

    def test_folklore_closes_behind_its_answers_without_saying_so(self):
        standin, stream, _ = self.start_busy("folklore")
        standin.kill()
        stream.read_until("\r\n0\r\n\r\n")
        self.assertNotIn("connection", stream.headers)  # a balancer may well use it again
        stream.socket.settimeout(SILENCE)  # it would stay open for five seconds
        self.assertEqual(stream.socket.recv(1), b"")

    def test_v017_hangs_even_after_a_second_sigterm(self):
        standin, *answers = self.start_busy("v0.17")
        standin.kill()
        self.assertTrue(standin.engine.wait_gone())
        self.assert_refuses(standin)
        standin.kill()
        self.assert_hang(standin, *answers)
        self.assertEqual(standin.wait(), 0)  # its clients have given up

    def test_v018_aborts(self):
        standin, stream, unary = self.start_busy("v0.18")
        standin.kill()
        for answer in (stream, unary):
            self.assertEqual((answer.finish().end, answer.status), (COMPLETE, 200))
            self.assert_reason(answer, "abort")
            self.assertTrue(tokens(self.COUNT).startswith(answer.text))
        self.assertEqual(standin.wait(), 0)

    def test_v018_hangs_if_its_engine_exits_at_once(self):
        standin, *answers = self.start_busy("v0.18", "--engine-exit", 0)
        standin.kill()
        self.assert_hang(standin, *answers)

    def test_v018_drains_for_five_seconds_at_least(self):
        standin, *answers = self.start_busy("v0.18", "--shutdown-timeout", 0.5)
        standin.kill()
        self.assert_refuses(standin)
        self.assert_all_finish(standin, *answers)

    def test_v022_kills_its_engine_before_it_can_abort(self):
        standin, *answers = self.start_busy("v0.22")
        standin.kill()
        self.assert_hang(standin, *answers)

    def test_v022_drains(self):
        standin, *answers = self.start_busy("v0.22", "--shutdown-timeout", 10)
        standin.kill()
        self.assert_refuses(standin)
        self.assert_all_finish(standin, *answers)

    def test_v022_kills_its_engine_when_the_time_is_over(self):
        standin, stream, unary = self.start_busy("v0.22", "--shutdown-timeout", 0.5, count=10 ** 6)
        standin.kill()
        self.assert_hang(standin, stream, unary)
        self.assertGreater(len(stream.events), 20)  # 5 before the signal, 25 in 0.5 s

    def test_v028_kills_its_engine_before_it_can_abort(self):
        standin, *answers = self.start_busy("v0.28")
        standin.kill()
        self.assert_hang(standin, *answers)
        self.assert_refuses(standin)

    def test_v028_stays_open_and_healthy_while_it_drains_and_answers_500(self):
        standin, *answers = self.start_busy("v0.28", "--shutdown-timeout", 10)
        standin.kill()
        refused = wait_for(
            lambda: (late := standin.complete(max_tokens=1).finish()).status == 500 and late,
            "new requests fail")
        self.assertEqual(refused.json["error"]["code"], 500)
        self.assertEqual(standin.get("/health").status, 200)
        self.assertEqual(standin.get("/v1/models").status, 200)
        self.assert_all_finish(standin, *answers)

    def test_a_sigint_after_it_cuts_streams(self):
        for era in ("folklore", "v0.17", "v0.18", "v0.22"):
            with self.subTest(era):
                standin, stream, unary = self.start_busy(
                    era, "--shutdown-timeout", 60, count=10 ** 6)
                standin.kill(signal.SIGTERM)
                self.assert_refuses(standin)
                standin.kill(signal.SIGINT)
                self.assertEqual(stream.finish().end, CUT)
                unary.close()
                self.assertEqual(standin.wait(), 0)
                self.assertTrue(standin.engine.wait_gone(0))

    def test_a_sigint_after_it_is_ignored_by_v028(self):
        standin, *answers = self.start_busy("v0.28", "--shutdown-timeout", 60)
        standin.kill(signal.SIGTERM)
        wait_for(lambda: standin.complete(max_tokens=1).finish().status == 500, "it drains")
        standin.kill(signal.SIGINT)
        self.assert_all_finish(standin, *answers)


if __name__ == "__main__":
    unittest.main()
