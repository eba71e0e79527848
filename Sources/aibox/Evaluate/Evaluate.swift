import ArgumentParser
import Evaluation
import Foundation
import Imaging
import Logging
import ModelCatalog
import ModelServer
import Pipelines
import Settings

/// `aibox evaluate`.
struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure accuracy on labelled pictures.",
        discussion: """
            aibox evaluate --task persons --data coco-dev --report persons.html
            aibox evaluate --task face-pairs --data faces --calibration my-catalog.json
            aibox evaluate --task all --data ../shared/data --labels Tests/Labels --markdown figures.md

            Tasks: persons, vehicles, attributes, faces, face-pairs, face-search, reid, plates, poses, behavior,
            liveness; all takes every folder below DATA with each task that its labels serve.

            Layouts: images/ and labels/*.txt (YOLO, also with 17 keypoints); COCO JSON; a folder per person with
            pairs.tsv and groups.tsv if wanted; plates as NAME.txt beside the picture (file, x, y, width, height,
            plate; tabs between), the subfolder names the region; live/ and attack/; a table of picture, x, y, width,
            height, key=value;… An interrupted run goes on where it stopped. Labels that cannot be read are told with
            file, line and reason, and left out.
            """)

    @Option(help: "What to measure; see above.")
    var task: String

    @Option(help: "A folder, a COCO .json or a table .tsv.")
    var data: String

    @Option(help: "Where the pictures lie that a .json or .tsv names; left out, beside it.")
    var pictures: String?

    @Option(help: "With --task all: a folder of tables (.tsv) whose pictures lie below DATA.")
    var labels: String?

    @Option(help: "auto, coco, yolo, pairs, plates, pose, liveness or attributes.")
    var format = "auto"

    @Option(help: "The model to measure in place of the default, as NAME or NAME@VERSION.")
    var model: String?

    @Option(help: "fast, balanced or accurate.")
    var profile = "balanced"

    @Option(help: "Pictures at a time; 0: as many as inferences run at a time. Latencies are true with 1.")
    var jobs = 0

    @Option(help: "Write a report with curves and the worst cases: one HTML file.")
    var report: String?

    @Option(help: "Write the figures as a Markdown table.")
    var markdown: String?

    @Option(help: "With face-pairs: write a catalogue in which the model knows its thresholds, for --catalog.")
    var calibration: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: "Settings, e.g. --engine openvino.")
    var arguments: [String] = []

    func validate() throws {
        if ModelProfile(rawValue: profile) == nil { throw ValidationError("--profile: fast, balanced or accurate") }
        if task != "all", EvaluationTask(rawValue: task) == nil {
            let known = EvaluationTask.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--task: there is no task '\(task)'; known: \(known), all")
        }
        if format != "auto", DatasetFormat(rawValue: format) == nil {
            let known = DatasetFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--format: '\(format)' is none of auto, \(known)")
        }
        if jobs < 0 { throw ValidationError("--jobs must not be below 0") }
        if calibration != nil, task != EvaluationTask.facePairs.rawValue {
            throw ValidationError("--calibration goes with --task face-pairs")
        }
    }

    func run() async throws {
        let flags = try SettingFlags(arguments)
        guard flags.rest.isEmpty else {
            throw CommandFailure("unexpected: \(flags.rest.joined(separator: " "))", .usage)
        }
        let settings = try Settings.load(flags)
        let places = try ModelPlaces(settings)
        let sets = try EvaluationSets(self, limits: DecodeLimits(maxPixels: settings.maxPixels)).all()
        var logger = Logger(label: "aibox")
        logger.logLevel = .error
        var configuration = try places.modelServer()
        if let model { try places.override(&configuration, with: model) }
        let server = try await ModelServer.start(configuration, logger: logger)
        if let model { try requirePart(of: places.catalog.entry(model), in: sets, server) }
        var reports: [EvaluationReport] = []
        for (task, dataset) in sets {
            let run = EvaluationRun(
                task: task, dataset: dataset, profile: ModelProfile(rawValue: profile) ?? .balanced, server: server,
                jobs: jobs > 0 ? jobs : places.parallel,
                folder: URL(filePath: "\(settings.dataDirectory)/evaluations"),
                falseAcceptRate: settings.falseAcceptRate)
            reports.append(try await run.report())
        }
        try await server.stop()
        try publish(reports, places)
    }

    /// Figures of the default model must not pass for those of a model that takes no part.
    private func requirePart(
        of entry: CatalogEntry, in sets: [(EvaluationTask, Dataset)], _ server: ModelServer
    ) throws {
        for (task, dataset) in sets {
            let models = server.analyzer.models.serving(task.served(dataset))
            guard models.contains(where: { $0.entry.identity == entry.identity }) else {
                throw CommandFailure("--model: \(entry.identity) takes no part in \(task.rawValue)", .usage)
            }
        }
    }

    private func publish(_ reports: [EvaluationReport], _ places: ModelPlaces) throws {
        if let report {
            let drawings = ReportDrawings(limits: DecodeLimits(maxPixels: places.settings.maxPixels))
            let html = HTMLReport(title: "Accuracy of AI Box", reports: reports.map(drawings.drawn)).html
            try Self.write(Data(html.utf8), to: report)
        }
        let summaries = reports.map(\.summary)
        if let markdown { try Self.write(Data(MarkdownTable.figures(summaries).utf8), to: markdown) }
        if let calibration { try Self.write(try calibrated(summaries, places.catalog), to: calibration) }
        for error in Set(summaries.flatMap(\.labelErrors)).map(\.description).sorted() {
            StandardError.write("aibox: \(error)\n")
        }
        if json {
            try printJSON(summaries)
        } else {
            print(Self.table(summaries))
        }
    }

    private func printJSON(_ summaries: [EvaluationSummary]) throws {
        let texts = try summaries.map { String(decoding: try $0.json(), as: UTF8.self) }
        print(task == "all" ? "[\(texts.joined(separator: ",\n"))]" : texts[0])
    }

    private static func table(_ summaries: [EvaluationSummary]) -> TextTable {
        let rows = summaries.flatMap { summary in
            summary.metrics.named.map { name, value in
                let interval = summary.intervals[name].map { " [\(rounded($0.low)), \(rounded($0.high))]" } ?? ""
                let mark = summary.extrapolated.contains(name) ? " extrapolated" : ""
                return [summary.task, summary.data, "\(summary.items)", name, rounded(value) + interval + mark]
            }
        }
        return TextTable(["task", "data", "items", "metric", "value [95 % interval]"], rows)
    }

    private static func rounded(_ value: Double) -> String { String(format: "%.4f", value) }

    /// A catalogue with one model: the entry with what was measured of its thresholds.
    private func calibrated(_ summaries: [EvaluationSummary], _ catalog: Catalog) throws -> Data {
        guard let summary = summaries.first, let measured = summary.calibration,
            var entry = summary.models.compactMap({ try? catalog.entry("\($0.name)@\($0.version)") })
                .first(where: { $0.task == .faceEmbedding })
        else {
            throw CommandFailure("--calibration: the set has too few pairs of different people to tell thresholds")
        }
        entry.calibration = CatalogEntry.Calibration(
            points: measured.points.map {
                .init(falseAcceptRate: $0.falseAcceptRate, cosine: $0.cosine, isExtrapolated: $0.isExtrapolated)
            }, genuineMedian: summary.parts["genuine"]?["median"] ?? entry.calibration?.genuineMedian ?? 0.6,
            impostorPairs: measured.impostorPairs, data: summary.data)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(["models": [entry]])
    }

    private static func write(_ data: Data, to path: String) throws {
        do {
            try data.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure("\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
