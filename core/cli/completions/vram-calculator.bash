# Completion of vram-calculator for bash.
_vram_calculator() {
    local current=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]:-}
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "estimate advise plan recommend solve fit-ranges sweep documented tool read-log catalog tools completion --help --version" -- "$current"))
        return
    fi
    case $verb in
        catalog) COMPREPLY=($(compgen -W "models gpus fields messages --json --table" -- "$current")) ;;
        completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")) ;;
        *)
            case $current in
                -*) COMPREPLY=($(compgen -W "--json --table --jsonl --color=auto --color=always --color=never --model-file --scenario" -- "$current")) ;;
                *) COMPREPLY=($(compgen -f -- "$current")) ;;
            esac
            ;;
    esac
}
complete -o filenames -F _vram_calculator vram-calculator
