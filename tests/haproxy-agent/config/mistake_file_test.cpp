// Mistakes in the YAML itself, at the top level and in `listen`.
#include "mistake.hpp"

namespace lbdrain::agent::test {
namespace {

constexpr Mistake kFileMistakes[] = {
    {"Empty", "text", "", R"( empty, expected at least "services")"},
    {"OnlyAComment", "text", "# nothing yet\n", R"( empty, expected at least "services")"},
    {"List", "text", "- a\n",
     "1:1: the file is a list, expected a mapping such as {services: ..., "
     "balancers: ...}"},
    {"Text", "text", "hello\n",
     "1:1: the file is a single value, expected a mapping such as {services: "
     "..., balancers: ...}"},
    {"NoServices", "text", R"(balancers: {b: {haproxy: {stats_socket: "unix:/s"}}})",
     R"(1:1: missing "services", expected a mapping such as {vllm: {servers: )"
     R"({gpu-a: {address: "10.0.1.1:8000"}}}})"},
    {"EmptyServices", "text", "services: {}\n",
     R"(1:11: "services" is an empty mapping, expected a mapping such as {vllm: )"
     R"({servers: {gpu-a: {address: "10.0.1.1:8000"}}}})"},
    {"NullServices", "text", "services:\n",
     R"(1:1: "services" is empty, expected a mapping such as {vllm: {servers: )"
     R"({gpu-a: {address: "10.0.1.1:8000"}}}})"},
    {"TwoDocuments", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {a: {address: \"h:1\"}}}}\n"
     "---\n"
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}",
     "3:1: a second document begins here, expected only one in the file"},
    {"Tab", "text", "services:\n\ts: 1\n", "2:1: a tab in the indentation, expected spaces"},
    {"TabLater", "text", "services:\n  s:\n \tservers: 1\n",
     "3:1: a tab in the indentation, expected spaces"},
    {"NoColon", "text", "services:\n  s\nlog: {level: info}\n",
     R"(2:3: "services" is a single value, expected a mapping such as {vllm: )"
     R"({servers: {gpu-a: {address: "10.0.1.1:8000"}}}})"},
    {"ColonInText", "text", "services: a: b\n",
     R"(1:12: not valid YAML: a ":" that ends no key, expected one "key: value" )"
     R"(a line; is the line above without its ":" or indented wrongly, or does )"
     "a text need quotes?"},
    {"OpenBrace", "text", "services: {s: 1\nlog: 2\n",
     R"(2:4: not valid YAML: expected "," or "}" here or before)"},
    {"OpenBracket", "text", "services: [s\nlog: 2\n",
     R"(2:4: not valid YAML: expected "," or "]" here or before)"},
    {"Indentation", "text", "services: {}\n  log: {}\n",
     "2:3: not valid YAML: this line does not go on with the mapping above, "
     R"(expected "key: value" at the indentation of its other keys)"},
    {"StrayBrace", "text", "services: 1\n}\n",
     R"(2:1: not valid YAML: "}" or "]" closes nothing that is open)"},
    {"ListInMapping", "text", "services: 1\n- a\n",
     "2:1: not valid YAML: this line does not go on with the mapping above, "
     R"(expected "key: value" at the indentation of its other keys)"},
    {"AtSign", "text", "services: @all\n",
     "1:11: not valid YAML: no text can begin with this character, expected "
     "it in quotes"},
    {"Percent", "text", "services: {a: %b}\n",
     "1:15: not valid YAML: no text can begin with this character, expected "
     "it in quotes"},
    {"ControlCharacter", "text", "services: \"a\001b\"\n",
     "1:13: the byte 0x01 is a control character, expected text"},
    {"Nul", "text", std::string_view("services: a\000b\n", 14),
     "1:12: the byte 0x00 is a control character, expected text"},
    {"Latin1", "text", "# gr\374\337e\nservices: {}\n",
     "1:5: the byte 0xfc is not UTF-8, expected UTF-8 text"},
    {"Tag", "text", "services: !!map {a: 1}\n",
     R"(1:11: YAML tags ("!...") are not supported, leave it out)"},
    {"UnknownAlias", "text", "services: *all\n",
     R"(1:11: the alias names an anchor ("&name") that does not stand above)"},
    {"AliasInItself", "text", "services: &s {a: *s}\n",
     "1:18: this alias stands inside what it names"},
    {"MergeKey", "text",
     "log: &l {level: info}\n"
     "services: {<<: *l, s: {servers: {a: {address: \"h:1\", agent_check: \"0.0.0.0:1\"}}}}\n",
     R"(2:12: merge keys ("<<") are not supported, expected the keys )"
     "themselves; what servers share can stand in their service"},
    {"ComplexKey", "text", "? [a]\n: b\n", "1:3: the key is a list, expected a name"},
    {"UnknownKey", "file", "color: red",
     R"(1:1: unknown key "color", expected one of listen, state_dir, )"
     "hook_program, log, balancers, services"},
    {"NearKey", "file", "Log: {level: info}", R"(1:1: unknown key "Log", did you mean "log"?)"},
    {"NearKeySwapped", "file", "stat_edir: /x",
     R"(1:1: unknown key "stat_edir", did you mean "state_dir"?)"},
    {"NoBlankAfterColon", "file", R"("state_dir:/x": 1)",
     R"(1:1: unknown key "state_dir:/x", expected a blank after the colon)"},
    {"DuplicateKey", "file", "log: {level: info}\nlog: {level: debug}",
     R"(2:1: duplicate key "log", the first is in line 1)"},
    {"DuplicateService", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services:\n"
     "  s: {servers: {a: {address: \"h:1\"}}}\n"
     "  s: {servers: {b: {address: \"h:2\"}}}\n",
     R"(4:3: duplicate key "s" in "services", the first is in line 3)"},
    {"StateDirRelative", "file", "state_dir: lib",
     R"(1:12: "state_dir": "lib" is no absolute path, expected an absolute path )"
     "such as /var/lib/lbdrain"},
    {"StateDirNull", "file", "state_dir:",
     R"(1:1: "state_dir" is empty, expected an absolute path such as )"
     "/var/lib/lbdrain"},
    {"StateDirList", "file", "state_dir: [/x]",
     R"(1:12: "state_dir" is a list, expected an absolute path such as )"
     "/var/lib/lbdrain"},
    {"HookProgram", "file", "hook_program: lbdrain-hook",
     R"(1:15: "hook_program": "lbdrain-hook" is no absolute path, expected an )"
     "absolute path such as /usr/libexec/lbdrain/lbdrain-hook"},
    {"LogLevel", "file", "log: {level: loud}",
     R"(1:14: "level": "loud" is unknown, expected debug, info, warning or error)"},
    {"LogText", "file", "log: info",
     R"(1:6: "log" is a single value, expected a mapping such as {level: info})"},
    {"ApiPath", "listen", "api: /run/a.sock",
     R"(1:15: "api": "/run/a.sock" does not say "unix:", expected )"
     R"("unix:/run/a.sock")"},
    {"ApiTcp", "listen", R"(api: "127.0.0.1:80")",
     R"(1:15: "api": "127.0.0.1:80" is no unix socket with an absolute path, )"
     R"(expected a unix socket such as "unix:/run/lbdrain/agent.sock")"},
    {"ApiRelative", "listen", R"(api: "unix:a.sock")",
     R"(1:15: "api": "unix:a.sock" is no unix socket with an absolute path, )"
     R"(expected a unix socket such as "unix:/run/lbdrain/agent.sock")"},
    {"ApiLong", "listen",
     R"(api: "unix:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")",
     R"(1:15: "api": )"
     R"("unix:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..." )"
     "is too long for a unix socket, expected a path of 107 bytes at most"},
    {"ApiList", "listen", "api: [a]",
     R"(1:15: "api" is a list, expected a unix socket such as )"
     R"("unix:/run/lbdrain/agent.sock")"},
    {"ApiNoPath", "listen", R"(api: {mode: "0660"})",
     R"(1:10: missing "path" in "api", expected a unix socket such as )"
     R"("unix:/run/lbdrain/agent.sock")"},
    {"ModeDecimal", "listen", R"(api: {path: "unix:/a", mode: 660})",
     R"(1:39: "mode": "660" is not clearly octal, expected four digits, the )"
     R"(first of them 0, such as "0660")"},
    {"ModeWord", "listen", R"(api: {path: "unix:/a", mode: rw})",
     R"(1:39: "mode": "rw" is no octal number, expected an octal number of four )"
     R"(digits such as "0660")"},
    {"ModeNine", "listen", R"(api: {path: "unix:/a", mode: "0690"})",
     R"(1:39: "mode": "0690" is no octal number, expected an octal number of )"
     R"(four digits such as "0660")"},
    {"ModeSetuid", "listen", R"(api: {path: "unix:/a", mode: "4660"})",
     R"(1:39: "mode": "4660" is not clearly octal, expected four digits, the )"
     R"(first of them 0, such as "0660")"},
    {"ApiUser", "listen", R"(api: {path: "unix:/a", user: "a b"})",
     R"(1:39: "user": "a b" cannot be the name of one, expected a user's name )"
     "or number such as lbdrain"},
    {"ApiGroup", "listen", R"(api: {path: "unix:/a", group: -1})",
     R"(1:40: "group": "-1" cannot be the name of one, expected a group's name )"
     "or number such as lbdrain"},
    {"ListenPort", "listen", "agent_check: 9707",
     R"(1:23: "agent_check": "9707" has no address, expected an IP address and )"
     R"(a port such as "0.0.0.0:9707")"},
    {"ListenName", "listen", R"(agent_check: "localhost:9707")",
     R"(1:23: "agent_check": "localhost:9707" begins with no IP address, )"
     R"(expected an IP address and a port such as "0.0.0.0:9707")"},
    {"ListenStar", "listen", R"(agent_check: "*:9707")",
     R"(1:23: "agent_check": "*:9707" has no usable host before its port, )"
     R"(expected an IP address and a port such as "0.0.0.0:9707")"},
    {"ListenNoPort", "listen", R"(agent_check: "0.0.0.0")",
     R"(1:23: "agent_check": "0.0.0.0" has no port, expected an IP address and )"
     R"(a port such as "0.0.0.0:9707")"},
    {"ListenPortZero", "listen", R"(agent_check: "0.0.0.0:0")",
     R"(1:23: "agent_check": "0.0.0.0:0" has no port from 1 to 65535 at its )"
     R"(end, expected an IP address and a port such as "0.0.0.0:9707")"},
    {"ListenPortHigh", "listen", R"(agent_check: "0.0.0.0:65536")",
     R"(1:23: "agent_check": "0.0.0.0:65536" has no port from 1 to 65535 at its )"
     R"(end, expected an IP address and a port such as "0.0.0.0:9707")"},
    {"ListenPortOctal", "listen", R"(agent_check: "0.0.0.0:010")",
     R"(1:23: "agent_check": "0.0.0.0:010" has no port from 1 to 65535 at its )"
     R"(end, expected an IP address and a port such as "0.0.0.0:9707")"},
    {"ListenV6", "listen", R"(agent_check: "::1:9707")",
     R"(1:23: "agent_check": "::1:9707" is no address and port, expected an )"
     R"(IPv6 address in brackets and a port such as "[fd00::1]:8000")"},
    {"ListenUnix", "listen", R"(agent_check: "unix:/run/a")",
     R"(1:23: "agent_check": "unix:/run/a" is a unix socket, which HAProxy's )"
     "agent-check cannot reach, expected an IP address and a port such as "
     R"("0.0.0.0:9707")"},
    {"ListenEmpty", "listen", "agent_check: []",
     R"(1:23: "agent_check" is an empty list, expected an IP address and a port )"
     R"(such as "0.0.0.0:9707")"},
    {"ListenMapping", "listen", "agent_check: {port: 9707}",
     R"(1:23: "agent_check" is a mapping, expected an IP address and a port )"
     R"(such as "0.0.0.0:9707")"},
    {"ListenNested", "listen", "agent_check: [[a]]",
     R"(1:24: "agent_check" is a list, expected an IP address and a port such )"
     R"(as "0.0.0.0:9707")"},
    {"ListenTwice", "listen", R"(agent_check: ["127.0.0.1:9707", "127.0.0.1:9707"])",
     R"(1:42: "agent_check": the port of "127.0.0.1:9707" is used in line 1 )"
     "already, expected another one"},
    {"ListenOverlap", "listen", R"(agent_check: ["127.0.0.1:9707", "0.0.0.0:9707"])",
     R"(1:42: "agent_check": the port of "0.0.0.0:9707" is used in line 1 )"
     "already, expected another one"},
};

class FileMistakeTest : public MistakeTest {};

TEST_P(FileMistakeTest, IsToldExactly) {
    EXPECT_EQ(errors_of(configuration(GetParam().where, GetParam().snippet)), GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(All, FileMistakeTest, testing::ValuesIn(kFileMistakes),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

}  // namespace
}  // namespace lbdrain::agent::test
