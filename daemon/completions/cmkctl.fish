# Completion of cmkctl(1) for fish. A test compares it with what cmkctl takes.

function __cmkctl_stacks
    cmkctl status --json 2>/dev/null | string replace -rf '^      "name": "([A-Za-z0-9._-]*)",?$' '$1'
end

function __cmkctl_paths
    cmkctl explain 2>/dev/null | string match -r '^[a-z].*'
end

complete -c cmkctl -f
complete -c cmkctl -n __fish_use_subcommand -a status -d 'how each stack stands'
complete -c cmkctl -n __fish_use_subcommand -a plan -d 'what would be written'
complete -c cmkctl -n __fish_use_subcommand -a reconcile -d 'look now, and repair'
complete -c cmkctl -n __fish_use_subcommand -a hold -d 'order that nothing of a stack is written'
complete -c cmkctl -n __fish_use_subcommand -a release -d 'take that order back'
complete -c cmkctl -n __fish_use_subcommand -a revoke -d 'disable every version of a key'
complete -c cmkctl -n __fish_use_subcommand -a restore -d 'take that order back'
complete -c cmkctl -n __fish_use_subcommand -a key -d 'the life of keys'
complete -c cmkctl -n __fish_use_subcommand -a history -d 'what drifted, from when to when'
complete -c cmkctl -n __fish_use_subcommand -a explain -d 'what is held at a path, and why'
complete -c cmkctl -n __fish_use_subcommand -a adopt -d 'print a file of stacks'
complete -c cmkctl -n __fish_use_subcommand -l version -d 'print the version'
complete -c cmkctl -l help -d 'print a short help'
complete -c cmkctl -n 'not __fish_use_subcommand; and not __fish_seen_subcommand_from adopt' -l json -d 'print JSON'
complete -c cmkctl -n '__fish_seen_subcommand_from status plan reconcile hold release revoke restore key history' -a '(__cmkctl_stacks)'
complete -c cmkctl -n '__fish_seen_subcommand_from reconcile' -l wait -d 'wait until it is through'
complete -c cmkctl -n '__fish_seen_subcommand_from hold revoke' -l reason -x -d why
complete -c cmkctl -n '__fish_seen_subcommand_from revoke' -l yes -d 'do not ask'
complete -c cmkctl -n '__fish_seen_subcommand_from hold history' -l until -x -d 'to when'
complete -c cmkctl -n '__fish_seen_subcommand_from hold release revoke restore adopt' -l config -r -F -d 'the configuration'
complete -c cmkctl -n '__fish_seen_subcommand_from history' -l since -x -d 'from when on'
complete -c cmkctl -n '__fish_seen_subcommand_from history' -l path -x -a '(__cmkctl_paths)' -d 'only this path'
complete -c cmkctl -n '__fish_seen_subcommand_from history' -l directory -r -F -d 'journal files'
complete -c cmkctl -n '__fish_seen_subcommand_from explain' -a '(__cmkctl_paths)'
complete -c cmkctl -n '__fish_seen_subcommand_from adopt' -l subscription -x -d 'all accounts of it'
complete -c cmkctl -n '__fish_seen_subcommand_from adopt' -l terraform-state -r -F -d 'all accounts in it'
complete -c cmkctl -n '__fish_seen_subcommand_from adopt' -l vault-id -x -d 'the vault'
complete -c cmkctl -n '__fish_seen_subcommand_from adopt' -l token-stdin -d 'a token is on standard input'
