/// What there is to set, written for operators. Both texts come from ``Setting/table``.
public enum SettingsReference {
    /// docs/configuration.md.
    public static func markdown() -> String {
        let rows = Setting.table.map { setting in
            let cells = [
                "`\(setting.name.rawValue)`",
                "`\(setting.name.flag) \(setting.kind.placeholder.replacing("|", with: "\\|"))`",
                environment(of: setting), setting.defaultDescription.map { "`\($0)`" } ?? "none", setting.meaning,
            ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
        return ([introduction, tableHead] + rows + [examples]).joined(separator: "\n") + "\n"
    }

    /// One paragraph a setting, for `--help`.
    public static var flagHelp: String {
        Setting.table.map { setting in
            let meaning = setting.meaning.replacing("`", with: "")
            let fallback = setting.defaultDescription.map { " (default: \($0))" } ?? ""
            return "  \(setting.name.flag) \(setting.kind.placeholder)\n"
                + wrapped(meaning + fallback, width: 92).map { "        \($0)" }.joined(separator: "\n")
        }.joined(separator: "\n") + "\n"
    }

    private static func environment(of setting: Setting) -> String {
        let name = setting.name
        let direct = "`\(name.environmentVariable)`"
        return setting.kind.isSecret ? "\(direct), `\(name.secretFileVariable)`" : direct
    }

    /// Lines of at most `width` characters, broken between words.
    private static func wrapped(_ text: String, width: Int) -> [String] {
        text.split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }

    private static let introduction = """
        # Configuration

        <!-- Written by the test SettingsReferenceTests from Sources/Settings/Setting+Table.swift; edit that file and run
             AIBOX_TEST_WRITE=1 make test -->

        Every setting has one name in three forms: a flag of the command line, a variable of the environment and a key of
        the YAML file that `--config` or `AIBOX_CONFIG` names. A flag goes before the environment, the environment before
        the file, the file before the default. `aibox doctor` shows every one that is not the default and where it came from.

        """

    private static let tableHead = """
        | name in the file | flag | environment | default | meaning |
        |---|---|---|---|---|
        """

    private static let examples = """

        ## Values

        - SIZE: a whole number with B, kB, MB, GB (thousands) or KiB, MiB, GiB (1024s): `20MB`, `512KiB`.
        - TIME: a whole number with ms, s, m or h: `500ms`, `30s`.
        - N: a whole number, `_` between digits allowed: `50_000_000`.
        - PATH, PATHS: relative ones start at the working directory; `~/` is the home folder.
        - Lists stand on one line with their separator, or in the file as a YAML list; PAIRS also as a YAML mapping.
        - An empty variable and an empty key count as not set.

        ## Secrets

        A secret may lie in a file of its own, which the variable ending in `_FILE` names; one line end at its end is not
        part of it. Setting both variables is an error. A file with secrets that every user of the machine may read gives a
        warning. Secrets given as flags can be seen in the list of processes.

        ## Mistakes

        A flag, a key or a variable beginning with `AIBOX_` that does not exist is an error that names the nearest known
        one; so is a key that occurs twice. Only the variables of the tests are left alone: `AIBOX_TEST_…`, `AIBOX_SHARED`
        and `AIBOX_CI`.

        ## A file

        ```yaml
        host: 0.0.0.0
        data_dir: /srv/aibox
        max_body_bytes: 40MB
        models: [/srv/models, /opt/models]
        task_models:
          persons: yolox_nano_416
        log_format: json
        ```
        """
}
