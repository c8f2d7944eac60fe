#include "commands/completion.hpp"

#include <cstdio>

namespace lbdrain::ctl {
namespace {

// Options before the command are passed on, so that the names come from the targets they name.
constexpr std::string_view bash = R"sh(# bash completion for drainctl
_drainctl() {
    local cur prev part blanks i word head= command= globals=() words=()
    # The shell takes a colon for the end of a word, as in unix:/run/x.sock and 127.0.0.1:8001.
    # What has no blank between is one.
    local rest=$COMP_LINE
    for ((i = 0; i <= COMP_CWORD; i++)); do
        part=${COMP_WORDS[i]}
        blanks=${rest%%[![:space:]]*}
        if [[ -n $COMP_LINE && -z $blanks && i -gt 0 ]]; then
            words[${#words[@]} - 1]+=$part
        else
            words+=("$part")
        fi
        rest=${rest#"$blanks"}
        rest=${rest#"$part"}
    done
    local cword=$((${#words[@]} - 1))
    cur=${words[cword]}
    prev=${words[cword - 1]}
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
            --api | --config)
                globals+=("${words[i]}" "${words[i + 1]}")
                ((i++))
                ;;
            --api=* | --config=*) globals+=("${words[i]}") ;;
            -*) ;;
            *)
                command=${words[i]}
                break
                ;;
        esac
    done
    case $prev in
        --config | --journal-dir)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return
            ;;
        --on-timeout)
            mapfile -t COMPREPLY < <(compgen -W 'readmit stop wait' -- "$cur")
            return
            ;;
        --order)
            mapfile -t COMPREPLY < <(compgen -W 'listed least-busy' -- "$cur")
            return
            ;;
        --connections)
            mapfile -t COMPREPLY < <(compgen -W 'kept fresh mixed' -- "$cur")
            return
            ;;
        --answer)
            mapfile -t COMPREPLY < <(compgen -W 'openai events any' -- "$cur")
            return
            ;;
        --html | --prompt-file | --body-file | --ca-file)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return
            ;;
    esac
    local candidates=
    if [[ -z $command ]]; then
        candidates=$(drainctl complete commands 2>/dev/null)
        [[ $cur == -* ]] && candidates=$'--api\n--config\n--json\n--help\n--version'
    elif [[ $prev == --restart ]]; then
        candidates=$(drainctl "${globals[@]}" complete servers 2>/dev/null)
    elif [[ $prev == --rollout ]]; then
        candidates=$(drainctl "${globals[@]}" complete services 2>/dev/null)
    elif [[ $cur == -* ]]; then
        candidates=$(drainctl complete "options $command" 2>/dev/null)
    else
        case $command in
            drain | stop | start | restart | ready | down)
                candidates=$(drainctl "${globals[@]}" complete servers 2>/dev/null)
                ;;
            status)
                candidates=$(drainctl "${globals[@]}" complete servers 2>/dev/null
                    drainctl "${globals[@]}" complete services 2>/dev/null)
                ;;
            rollout) candidates=$(drainctl "${globals[@]}" complete services 2>/dev/null) ;;
            lock) candidates=$'show\nrelease' ;;
            hook) candidates=$'pre-stop\npost-start\npost-stop' ;;
            completion) candidates=$'bash\nzsh' ;;
        esac
    fi
    # Only what stands behind the last colon is put in.
    [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]] && head=${cur%"${cur##*:}"}
    COMPREPLY=()
    # Not by `compgen -W`, which expands: the names are the targets', and $(...) would be run.
    while IFS= read -r word; do
        if [[ -n $word && $word == "$cur"* ]]; then
            printf -v word %q "${word#"$head"}"
            COMPREPLY+=("$word")
        fi
    done <<<"$candidates"
}
complete -F _drainctl drainctl
)sh";

constexpr std::string_view zsh = R"sh(#compdef drainctl
_drainctl() {
    local -a globals candidates
    local command= i
    for ((i = 2; i < CURRENT; i++)); do
        case ${words[i]} in
            --api|--config)
                globals+=(${words[i]} ${words[i+1]})
                ((i++))
                ;;
            -*) ;;
            *)
                command=${words[i]}
                break
                ;;
        esac
    done
    case ${words[CURRENT-1]} in
        --config) _files; return ;;
        --on-timeout) compadd readmit stop wait; return ;;
        --order) compadd listed least-busy; return ;;
        --connections) compadd kept fresh mixed; return ;;
        --answer) compadd openai events any; return ;;
        --html|--prompt-file|--body-file|--ca-file) _files; return ;;
        --restart|--rollout)
            local what=servers
            [[ ${words[CURRENT-1]} == --rollout ]] && what=services
            candidates=(${(f)"$(drainctl $globals complete $what 2>/dev/null)"})
            compadd -a candidates
            return
            ;;
    esac
    if [[ -z $command ]]; then
        if [[ ${words[CURRENT]} == -* ]]; then
            compadd -- --api --config --json --help --version
        else
            candidates=(${(f)"$(drainctl complete commands 2>/dev/null)"})
            compadd -a candidates
        fi
        return
    fi
    if [[ ${words[CURRENT]} == -* ]]; then
        candidates=(${(f)"$(drainctl complete "options $command" 2>/dev/null)"})
        compadd -a -- candidates
        return
    fi
    case $command in
        drain|stop|start|restart|ready|down)
            candidates=(${(f)"$(drainctl $globals complete servers 2>/dev/null)"})
            ;;
        status)
            candidates=(${(f)"$(drainctl $globals complete servers 2>/dev/null)"}
                ${(f)"$(drainctl $globals complete services 2>/dev/null)"})
            ;;
        rollout) candidates=(${(f)"$(drainctl $globals complete services 2>/dev/null)"}) ;;
        lock) candidates=(show release) ;;
        hook) candidates=(pre-stop post-start post-stop) ;;
        completion) candidates=(bash zsh) ;;
    esac
    compadd -a candidates
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _drainctl "$@"
else
    compdef _drainctl drainctl
fi
)sh";

}  // namespace

std::string completion_script(std::string_view shell) {
    return std::string(shell == "bash" ? bash : shell == "zsh" ? zsh : std::string_view());
}

ExitCode complete(Context& context, const std::string& what) {
    const Fleet fleet = context.targets.look(&context.interrupt);
    if (what == "services") {
        for (const FleetService& service : fleet.services) {
            std::printf("%s\n", service.name.c_str());
        }
        return ExitCode::done;
    }
    for (const FleetServer& server : fleet.servers) {
        std::printf("%s\n", to_string(server.name).c_str());
    }
    return ExitCode::done;
}

}  // namespace lbdrain::ctl
