import AIBoxAPI
import ArgumentParser
import Foundation
import ModelCatalog
import Settings

/// `aibox doctor`.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what works on this machine, and for each problem what to do.",
        discussion: "Status 0 when the default tasks can run, 3 when something that they need is absent.")

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings.", visibility: .hidden))
    var flags: [String] = []

    func run() async throws {
        let flags = try SettingFlags(flags)
        try flags.requireNothingElse()
        let settings = try Settings.load(flags)
        let places = try ModelPlaces(settings)
        let mongo = await MongoExamination.findings(url: settings.mongodbURL?.value)
        let findings =
            MachineExamination().findings() + SettingsExamination(settings: settings).findings()
            + EngineExamination(engines: places.engines(), folders: settings.engines).findings()
            + ModelExamination(catalog: places.catalog, store: places.store).findings()
            + PlaceExamination(folder: settings.dataDirectory, host: settings.host, port: settings.port).findings()
            + (await DatabaseExamination(settings: settings).findings())
            + (await SharedExamination(settings: settings).findings())
            + mongo
        for finding in findings { print(finding) }
        let absent = findings.filter { $0.level == .problem }.count
        if absent > 0 { throw CommandFailure("\(absent) problems; the lines marked ✗ say what to do", .absent) }
    }
}

/// One line of the doctor's report.
struct Finding: CustomStringConvertible {
    enum Level { case fine, notice, problem }

    var level: Level
    var subject: String
    var text: String
    var remedy: String?

    var description: String {
        let mark = level == .fine ? "✓" : level == .notice ? "·" : "✗"
        let padded = subject + String(repeating: " ", count: max(0, 12 - subject.count))
        return "\(mark) \(padded) \(text)" + (remedy.map { "\n    → \($0)" } ?? "")
    }
}
