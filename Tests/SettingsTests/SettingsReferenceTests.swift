import Foundation
import Settings
import Testing

@Suite struct SettingsReferenceTests {
    /// The package's docs/configuration.md, found from this file.
    private static let document = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/configuration.md").standardizedFileURL

    @Test func theConfigurationDocumentIsWhatTheTableSays() throws {
        if ProcessInfo.processInfo.environment["AIBOX_TEST_WRITE"] == "1" {
            try SettingsReference.markdown().write(to: Self.document, atomically: true, encoding: .utf8)
        }
        let committed = try String(contentsOf: Self.document, encoding: .utf8)
        #expect(committed == SettingsReference.markdown(), "AIBOX_TEST_WRITE=1 make test rewrites it")
    }

    @Test func everySettingHasARowWithAsManyCellsAsTheHead() {
        let rows = SettingsReference.markdown().split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(rows.count == Setting.table.count)
        for row in rows { #expect(row.replacing("\\|", with: "").count { $0 == "|" } == 6, "\(row)") }
    }

    @Test func theExampleFileOfTheReferenceCanBeLoaded() throws {
        let parts = SettingsReference.markdown().split(separator: "```yaml\n")
        let example = try #require(parts.last?.split(separator: "```").first)
        let file = try SettingsFile(contents: String(example), path: "example.yaml")
        #expect(try Settings.load(environment: [:], file: file).maxBodyBytes == 40_000_000)
    }

    @Test func theHelpNamesEveryFlagItsDefaultAndFitsATerminal() {
        for setting in Setting.table { #expect(SettingsReference.flagHelp.contains("  \(setting.name.flag) ")) }
        let words = SettingsReference.flagHelp.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("--host TEXT The address to listen on") && words.contains("(default: 127.0.0.1)"))
        #expect(SettingsReference.flagHelp.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
