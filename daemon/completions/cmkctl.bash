# Completion of cmkctl(1) for bash. A test compares it with what cmkctl takes.

_cmkctl_stacks()
{
    cmkctl status --json 2>/dev/null | sed -n 's/^      "name": "\([A-Za-z0-9._-]*\)",*$/\1/p'
}

_cmkctl_paths()
{
    cmkctl explain 2>/dev/null | sed -n 's/^[a-z]/&/p'
}

_cmkctl()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local options="--help" values=
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W \
            "status plan reconcile hold release revoke restore key history explain adopt --version --help" -- "$word")
        return
    fi
    case $before in
    --config | --terraform-state)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --directory)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    --since | --until)
        [ "$command" != hold ] || return # it ends in the future
        mapfile -t COMPREPLY < <(compgen -W "today yesterday -2h -7d" -- "$word")
        return
        ;;
    --reason | --subscription | --vault-id) return ;;
    --path)
        mapfile -t COMPREPLY < <(compgen -W "$(_cmkctl_paths)" -- "$word")
        return
        ;;
    esac
    case $command in
    status | plan | key) options="--json --help" ;;
    reconcile) options="--json --wait --help" ;;
    hold) options="--json --reason --until --config --help" ;;
    release) options="--json --config --help" ;;
    revoke) options="--json --reason --yes --config --help" ;;
    restore) options="--json --config --help" ;;
    history) options="--json --since --until --path --directory --help" ;;
    explain) options="--json --help" values=$(_cmkctl_paths) ;;
    adopt) options="--subscription --terraform-state --vault-id --token-stdin --config --help" values=" " ;;
    esac
    case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "${values:-$(_cmkctl_stacks)}" -- "$word") ;;
    esac
}

complete -F _cmkctl cmkctl
