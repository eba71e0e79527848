import Foundation
import Testing

@testable import Storage

@Suite struct KeyCommandTests {
    @Test func aLineIsPartedIntoWordsWithoutAShell() throws {
        #expect(
            try KeyCommand.words("vault kv  get\t-field=key secret/aibox") == [
                "vault", "kv", "get", "-field=key", "secret/aibox",
            ])
        #expect(try KeyCommand.words(#"a "b c" 'd "e' f'g h'"" "#) == ["a", "b c", #"d "e"#, "fg h"])
        #expect(try KeyCommand.words("a '' $HOME; `b`") == ["a", "", "$HOME;", "`b`"])
        #expect(code { _ = try KeyCommand.words("a 'b") } == .invalid)
        #expect(code { _ = try KeyCommand("  ") } == .invalid)
    }

    @Test func whatItPrintsIsItsOutput() throws {
        #expect(try KeyCommand("printf 'a b'").output() == "a b")
        #expect(try KeyCommand("sh -c 'cat; echo end'").output() == "end\n", "its input is empty")
    }

    @Test func aCommandThatFailsIsQuotedByWhatItComplainsOfAndNotByWhatItPrints() {
        let error = #expect(throws: StorageError.self) {
            try KeyCommand("sh -c 'echo secret; echo permission denied >&2; exit 3'").output()
        }
        #expect(error?.code == .denied)
        #expect(error?.message.contains("status 3: permission denied") == true)
        #expect(error?.message.contains("secret") == false)
        #expect(code { _ = try KeyCommand("sh -c 'kill -9 $$'").output() } == .denied)
    }

    @Test func aProgramThatIsMissingIsSaidToBe() {
        #expect(code { _ = try KeyCommand("/nowhere/no-such-program").output() } == .notFound)
    }

    @Test func aCommandThatPrintsTooMuchIsEnded() {
        #expect(code { _ = try KeyCommand("cat /dev/zero").output() } == .tooLarge)
        #expect(
            code { _ = try KeyCommand("sh -c 'cat /dev/zero >&2'", patience: .milliseconds(200)).output() } == .timeout)
    }

    @Test(arguments: [
        "sleep 600", "sleep 600 & echo $! >>$F; wait", "exec >&- 2>&-; sleep 600",
        "sleep 600 & echo $! >>$F; exec >&- 2>&-; wait", "sleep 600 & echo $! >>$F; exit 0", "trap : TERM; sleep 600",
    ])
    func aCommandThatHangsIsEndedWithWhateverItHasStarted(script: String) async throws {
        try await withFolder { folder in
            let command = try KeyCommand(
                "sh -c 'F=\(folder)/pids; echo $$ >$F; \(script)'", patience: .milliseconds(300))
            #expect(code { _ = try command.output() } == .timeout)
            let noted = try String(contentsOfFile: folder + "/pids", encoding: .utf8).split(separator: "\n")
            #expect(!noted.isEmpty)
            for process in noted {
                while Self.isRunning(String(process)) { await Task.yield() }
            }
        }
    }

    /// Killed ones that nobody has waited for yet do not count.
    private static func isRunning(_ process: String) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return false }
        return !status.contains("State:\tZ")
    }
}
