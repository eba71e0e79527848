import AIBoxAPI
import ArgumentParser
import Foundation
import Logging
import ModelServer
import NIOCore
import ServiceClients
import Settings

/// `aibox analyze`.
struct Analyze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Analyse pictures without a server.",
        discussion: """
            aibox analyze photo.jpg folder/ --tasks persons,plates --annotate out/ --json
            Folders are searched for pictures by content, not by name. Prints a table, or JSON or CSV; status 1 if a
            picture could not be analysed.
            """)

    @Option(help: "Of persons, faces, vehicles, plates, poses; a comma between.")
    var tasks = "persons,faces,vehicles,plates"

    @Option(help: "A folder for the pictures with boxes and labels drawn on them.")
    var annotate: String?

    @Option(help: "Lowest confidence, 0–1; left out, each model's own.")
    var threshold: Double?

    @Flag(help: "What persons do: standing, sitting, lying …")
    var behavior = false

    @Flag(help: "What persons wear and carry.")
    var attributes = false

    @Option(help: "ISO 3166-1 alpha-2 hint for plates, e.g. VN.")
    var country: String?

    @Option(help: "Make faces or plates in the drawings unrecognisable.")
    var blur: String?

    @Option(help: "fast, balanced or accurate.")
    var profile = "balanced"

    @Flag(help: "One JSON list of answers on standard output.")
    var json = false

    @Flag(help: "One line per item on standard output.")
    var csv = false

    @Argument(parsing: .allUnrecognized, help: "Pictures and folders. Settings may follow.")
    var arguments: [String] = []

    func validate() throws {
        if json, csv { throw ValidationError("--json and --csv exclude each other") }
        if let threshold, !(0...1).contains(threshold) { throw ValidationError("--threshold must be within 0–1") }
        if let blur, PrivacyBlur(rawValue: blur) == nil || blur == PrivacyBlur.unknownFaces.rawValue {
            throw ValidationError("--blur: faces or plates")
        }
        if blur != nil, annotate == nil {
            throw ValidationError("--blur is for drawings; name a folder with --annotate")
        }
        if AnalysisProfile(rawValue: profile) == nil { throw ValidationError("--profile: fast, balanced or accurate") }
    }

    func run() async throws {
        let flags = try SettingFlags(arguments)
        let wanted = try tasks.split(separator: ",").map(task)
        guard !wanted.isEmpty else { throw CommandFailure("--tasks names no task; see --help", .usage) }
        let pictures = try PictureFiles.find(flags.rest)
        let drawings = try annotate.map { try DrawingFolder($0, for: pictures) }
        let places = try ModelPlaces(try Settings.load(flags))
        var logger = Logger(label: "aibox")
        logger.logLevel = .error
        let server = try await ModelServer.start(try places.modelServer(), logger: logger)
        var report = AnalysisReport(format: json ? .json : csv ? .csv : .table, total: pictures.count)
        for picture in pictures {
            do {
                report.add(picture, try await analyse(picture, wanted, server, drawings))
            } catch let problem as Problem {
                report.add(picture, problem)
            }
        }
        try await server.stop()
        try report.end()
    }

    private func analyse(
        _ file: String, _ tasks: [AnalysisTask], _ server: ModelServer, _ drawings: DrawingFolder?
    ) async throws -> AnalysisResult {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw Problem(404, "Not readable", detail: "the file cannot be read")
        }
        var request = AnalysisRequest(tasks: tasks, requestID: file)
        request.threshold = threshold
        request.profile = AnalysisProfile(rawValue: profile) ?? .balanced
        request.behavior = behavior
        request.attributes = attributes
        request.countryCode = country?.uppercased()
        request.blur = blur.flatMap(PrivacyBlur.init)
        request.annotate = drawings != nil
        let outcome = try await server.analyze(ByteBuffer(bytes: bytes), request)
        if let drawings, let drawn = outcome.annotated { try drawings.write(Data(drawn.readableBytesView), for: file) }
        return outcome.result
    }

    private func task(_ name: Substring) throws -> AnalysisTask {
        guard let task = AnalysisTask(rawValue: String(name)) else {
            let known = AnalysisTask.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure("--tasks: there is no task '\(name)'; known: \(known)", .usage)
        }
        return task
    }
}
