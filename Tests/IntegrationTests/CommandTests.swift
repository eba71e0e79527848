import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// What the command line answers, and with which exit status.
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(2)))
    struct CommandTests {
        static let canServe = ConditionTrait.enabled(
            if: Places.canServe, Comment(rawValue: Places.cannotServe))

        @Test(canServe) func aPortInUseIsNamedWithTheWayOut() async throws {
            let taken = try TakenPort()
            try await withTemporaryFolder { folder in
                let result = try await aibox("serve", "--port", "\(taken.port)", in: folder)
                #expect(result.status == 1, "\(result)")
                #expect(
                    result.output.contains("First login: admin"), "a login that was made must not be lost: \(result)")
                #expect(result.errors.contains("\(taken.port)") && result.errors.contains("--port"), "\(result.errors)")
            }
        }

        @Test(canServe) func aDataFolderThatCannotBeMadeEndsTheStart() async throws {
            try await withTemporaryFolder { folder in
                let file = folder.appending(path: "file")
                try Data().write(to: file)
                let path = file.appending(path: "data").path
                let result = try await aibox("serve", "--port", "0", "--data-dir", path, in: folder)
                #expect(result.status == 1 && result.errors.contains(path), "\(result)")
            }
        }

        @Test(arguments: [
            ["serve", "--prot", "1"], ["serve", "extra"], ["serve", "--port", "70000"], ["serve", "--port"],
            ["analyze", "--nonsense"], ["analyze", ".", "--tasks", "cats"], ["analyze", ".", "--json", "--csv"],
            ["nonsense"], ["models", "nonsense"],
        ])
        func wrongUsageEndsWithTwo(arguments: [String]) async throws {
            try await withTemporaryFolder { folder in
                let child = try Child.start(arguments, in: folder)
                let status = try await child.end()
                #expect(status == 2 && !child.errors.isEmpty && child.output.isEmpty, "\(child.errors)")
            }
        }

        @Test(arguments: [("AIBOX_PROT", "AIBOX_PORT"), ("AIBOX_LOG_LEVLE", "AIBOX_LOG_LEVEL")])
        func anUnknownVariableEndsWithTwoAndNamesTheNearest(wrong: String, right: String) async throws {
            try await withTemporaryFolder { folder in
                let result = try await aibox("serve", environment: [wrong: "1"], in: folder)
                #expect(result.status == 2, "\(result)")
                #expect(result.errors.contains(wrong) && result.errors.contains(right), "\(result.errors)")
            }
        }

        @Test(arguments: ["--help", "serve --help", "analyze --help", "models --help", "doctor --help", "version"])
        func helpAndVersionGoToStandardOutput(words: String) async throws {
            try await withTemporaryFolder { folder in
                let child = try Child.start(words.split(separator: " ").map(String.init), in: folder)
                let status = try await child.end()
                #expect(status == 0 && !child.output.isEmpty && child.errors.isEmpty)
            }
        }

        @Test(canServe, arguments: ["models list", "models verify", "doctor"])
        func theModelsAndTheMachineAreFoundGood(words: String) async throws {
            try await withTemporaryFolder { folder in
                let child = try Child.start(words.split(separator: " ").map(String.init), in: folder)
                let status = try await child.end()
                #expect(status == 0 && !child.output.isEmpty, "\(child.output)\(child.errors)")
            }
        }

        @Test func theDoctorLooksAtTheDatabaseAndAtWhatTheSettingsName() async throws {
            try await withTemporaryFolder { folder in
                let before = try await aibox("doctor", in: folder)
                #expect(before.output.contains("aibox.sqlite: made at the first start"), "\(before)")
                #expect(try await aibox("db", "migrate", in: folder).status == 0)
                let after = try await aibox(
                    "doctor", environment: ["AIBOX_REDIS_URL": "redis://127.0.0.1:1"], in: folder)
                #expect(after.output.contains("answers, SQLite 3.") && after.output.contains("up to date"), "\(after)")
                #expect(after.output.contains("free for backups"), "\(after)")
                let redis = after.output.split(separator: "\n").drop { !$0.contains("Redis") }
                #expect(
                    redis.first?.hasPrefix("·") == true && redis.dropFirst().first?.contains("→") == true, "\(after)")
                let away = try await aibox(
                    "doctor", environment: ["AIBOX_DATABASE_URL": "postgres://postgres@127.0.0.1:1/x"], in: folder)
                #expect(away.status == 3 && away.output.contains("✗ database"), "\(away)")
            }
        }

        @Test func withoutEnginesTheDoctorEndsWithThreeAndSaysWhatToDo() async throws {
            try await withTemporaryFolder { folder in
                let result = try await aibox("doctor", environment: ["AIBOX_ENGINES": folder.path], in: folder)
                #expect(result.status == 3 && result.output.contains("make setup"), "\(result)")
            }
        }
    }
}
