# Completion of vram-calculator for fish.
set -l verbs estimate advise plan recommend solve fit-ranges sweep documented tool read-log catalog tools completion
complete -c vram-calculator -n "not __fish_seen_subcommand_from $verbs" -f -a "$verbs"
complete -c vram-calculator -n "not __fish_seen_subcommand_from $verbs" -l help -d "how to use it"
complete -c vram-calculator -n "not __fish_seen_subcommand_from $verbs" -l version
complete -c vram-calculator -n "__fish_seen_subcommand_from catalog" -f -a "models gpus fields messages"
complete -c vram-calculator -n "__fish_seen_subcommand_from completion" -f -a "bash zsh fish"
complete -c vram-calculator -n "__fish_seen_subcommand_from estimate advise plan recommend solve fit-ranges sweep documented tool read-log catalog" -l json -d "as JSON"
complete -c vram-calculator -n "__fish_seen_subcommand_from estimate advise plan recommend solve fit-ranges sweep documented tool read-log catalog" -l table -d "as a table"
complete -c vram-calculator -n "__fish_seen_subcommand_from estimate advise plan recommend solve fit-ranges sweep documented tool read-log" -l jsonl -d "one question a line"
complete -c vram-calculator -n "__fish_seen_subcommand_from estimate advise plan recommend solve fit-ranges sweep" -l color -x -a "auto always never"
