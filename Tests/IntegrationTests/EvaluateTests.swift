import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// `aibox evaluate` on the development sets. The bounds are lower ones: what the default models reach, less a
    /// picture or two.
    @Suite(
        .enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)),
        .enabled(if: Places.hasPhotographs, Comment(rawValue: Places.noPhotographs)), .timeLimit(.minutes(5)))
    struct EvaluateTests {
        private static let data = Places.shared.appending(path: "data")
        private static let labels = TestPlaces.packageRoot.appending(path: "Tests/Labels")

        // MARK: Figures

        @Test func everyTaskHasItsFiguresInTheFormOfTheContract() async throws {
            try await withTemporaryFolder { home in
                let markdown = home.appending(path: "figures.md")
                let result = try await aibox(
                    "evaluate", "--task", "all", "--data", Self.data.path, "--labels", Self.labels.path, "--json",
                    "--markdown", markdown.path, in: home)
                #expect(result.status == 0, "\(result.errors)")
                let all = try JSONDecoder().decode([EvaluationFigures].self, from: Data(result.output.utf8))
                checkForm(all)
                try checkBounds(all)
                let table = try String(contentsOf: markdown, encoding: .utf8)
                let rows = table.split(separator: "\n").dropFirst(2)
                #expect(rows.count == all.reduce(0) { $0 + $1.numbers.count })
                #expect(rows.allSatisfy { $0.split(separator: "|").count == 7 }, "\(table)")
            }
        }

        private func checkForm(_ all: [EvaluationFigures]) {
            for figures in all {
                #expect(figures.items > 0 && !figures.models.isEmpty, "\(figures.task) on \(figures.data)")
                #expect(figures.models.allSatisfy { !$0.name.isEmpty && !$0.version.isEmpty && !$0.engine.isEmpty })
                #expect(figures.numbers.values.allSatisfy { (0...1).contains($0) }, "\(figures.numbers)")
                let timing = figures.timing
                #expect(timing.p50 > 0 && timing.p50 <= timing.p95, "\(figures.task)")
                #expect(figures.failures == 0 && figures.labelErrors.isEmpty, "\(figures.labelErrors)")
                for (name, interval) in figures.intervals {
                    let value = figures.numbers[name] ?? -1
                    // At 0 and at 1 the bound is the value itself, but for rounding.
                    #expect(interval.low - 1e-9 <= value && value <= interval.high + 1e-9, "\(figures.task) \(name)")
                }
            }
            let pairs = all.map { "\($0.task) \($0.data)" }
            #expect(Set(pairs).count == pairs.count)
        }

        private func checkBounds(_ all: [EvaluationFigures]) throws {
            func figures(_ task: String, _ set: String) throws -> EvaluationFigures {
                try #require(all.first { $0.task == task && $0.data == set }, "\(task) on \(set)")
            }
            func value(_ name: String, _ task: String, _ set: String) throws -> Double {
                try #require(try figures(task, set).numbers[name], "\(name) of \(task)")
            }
            #expect(try value("ap50", "persons", "coco-dev") >= 0.75)
            #expect(try value("detection_recall", "faces", "faces-dev") == 1)
            #expect(try value("accuracy", "face-pairs", "faces-dev") >= 0.985)
            #expect(try value("tar_at_far.1e-2", "face-pairs", "faces-dev") >= 0.97)
            #expect(try value("eer", "face-pairs", "faces-dev") <= 0.025)
            #expect(try value("rank1", "face-search", "faces-dev") >= 0.95)
            #expect(try value("bpcer", "liveness", "faces-dev") <= 0.05)
            #expect(try value("precision", "behavior", "persons.tsv") >= 0.85)
            let poses = try figures("poses", "pose-dev")
            #expect(try #require(poses.parts["six points or more"]?["mean_oks"]) >= 0.58)
            let plates = try figures("plates", "plates-dev")
            for (region, least) in ["eu": 20.0, "us": 19, "br": 18, "vn": 16] {
                let part = try #require(plates.parts[region])
                let read = (part["exact_folded"] ?? 0) * (part["labels"] ?? 0)
                #expect(read.rounded() >= least, "\(region): \(read)")
            }
        }

        @Test func theAccurateProfileFindsMore() async throws {
            try await withTemporaryFolder { home in
                let persons = try await figures("persons", "coco-dev", "--profile", "accurate", at: home)
                #expect(try #require(persons.numbers["ap50"]) >= 0.78)
                let balanced = try await figures("vehicles", "coco-dev", at: home)
                let accurate = try await figures("vehicles", "coco-dev", "--profile", "accurate", at: home)
                let cars = try [balanced, accurate].map { try #require($0.parts["car"]?["ap50"]) }
                #expect(cars[1] >= cars[0] + 0.1, "\(cars)")
            }
        }

        private func figures(_ task: String, _ set: String, _ further: String..., at home: URL) async throws
            -> EvaluationFigures
        {
            let child = try Child.start(
                ["evaluate", "--task", task, "--data", Self.data.appending(path: set).path, "--json"] + further,
                in: home)
            #expect(try await child.end() == 0, "\(child.errors)")
            return try JSONDecoder().decode(EvaluationFigures.self, from: Data(child.output.utf8))
        }

        // MARK: Files

        @Test func thresholdsBecomeACatalogueAndTheReportIsOneFile() async throws {
            try await withTemporaryFolder { home in
                let (catalogue, report) = (home.appending(path: "my.json"), home.appending(path: "report.html"))
                _ = try await figures(
                    "face-pairs", "faces-dev", "--calibration", catalogue.path, "--report", report.path, at: home)
                let listed = try await aibox(
                    "models", "list", "--catalog", catalogue.path, "face_reid_retail_0095", in: home)
                #expect(listed.status == 0 && listed.output.contains("face_reid_retail_0095@1"), "\(listed)")
                let text = try String(contentsOf: catalogue, encoding: .utf8)
                #expect(text.contains("\"calibration\"") && text.contains("faces-dev"))

                let html = try String(contentsOf: report, encoding: .utf8)
                #expect(html.contains("src=\"data:image/jpeg;base64,") && html.contains("<svg"))
                for reference in ["http://", "https://", "src=\"/", "<link", "@import", "url("] {
                    #expect(!html.contains(reference), "\(reference)")
                }
            }
        }

        // MARK: Interruptions

        @Test(arguments: [SIGTERM, SIGKILL]) func anInterruptedRunGoesOnWhereItStopped(_ signal: Int32) async throws {
            try await withTemporaryFolder { home in
                let arguments = [
                    "evaluate", "--task", "persons", "--data", Self.data.appending(path: "coco-dev").path, "--jobs",
                    "1",
                    "--json",
                ]
                let first = try Child.start(arguments, in: home)
                let done = try await wait(for: "three finished pictures") { () -> Int? in
                    let lines = journalLines(home)
                    return lines >= 3 ? lines : nil
                }
                first.signal(signal)
                #expect(try await first.end() != 0 && first.output.isEmpty)

                let second = try Child.start(arguments, in: home)
                #expect(try await second.end() == 0, "\(second.errors)")
                let said = try #require(second.errors.firstMatch(of: /going on with (\d+) pictures/))
                #expect(try #require(Int(said.1)) >= done)
                let figures = try JSONDecoder().decode(EvaluationFigures.self, from: Data(second.output.utf8))
                #expect(figures.items == 36)
                #expect(try #require(figures.numbers["ap50"]) >= 0.75)
                #expect(journalLines(home) == 0, "a finished run leaves no journal")
            }
        }

        /// Whole lines of all journals.
        private func journalLines(_ home: URL) -> Int {
            let folder = home.appending(path: "data/evaluations")
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return names.reduce(0) { sum, name in
                let bytes = FileManager.default.contents(atPath: folder.appending(path: name).path) ?? Data()
                return sum + bytes.count { $0 == UInt8(ascii: "\n") }
            }
        }

        // MARK: Mistakes

        @Test func brokenLabelsAreToldWithFileAndLine() async throws {
            try await withTemporaryFolder { home in
                let set = home.appending(path: "set")
                for name in ["images", "labels"] {
                    try FileManager.default.createDirectory(
                        at: set.appending(path: name), withIntermediateDirectories: true)
                }
                for name in ["a", "b"] {
                    try Pictures.black(width: 64, height: 48).write(to: set.appending(path: "images/\(name).bmp"))
                }
                try Data("0 0.5 0.5 0.2 0.2\n91 0.5 0.5 0.2 0.2\n0 0.5 half 0.2 0.2\n".utf8)
                    .write(to: set.appending(path: "labels/a.txt"))
                try Data("0 0.5 0.5 0.2\n".utf8).write(to: set.appending(path: "labels/b.txt"))
                let result = try await aibox(
                    "evaluate", "--task", "persons", "--data", set.path, "--json", in: home)
                #expect(result.status == 0, "\(result.errors)")
                let figures = try JSONDecoder().decode(EvaluationFigures.self, from: Data(result.output.utf8))
                let told = figures.labelErrors.map { "\($0.file):\($0.line ?? 0)" }.sorted()
                #expect(told == ["labels/a.txt:2", "labels/a.txt:3", "labels/b.txt:1"])
                for place in told { #expect(result.errors.contains("\(place): "), "\(result.errors)") }
                #expect(figures.items == 2)
            }
        }

        /// An option and a value that is none.
        @Test(arguments: [
            ["--task", "nothing"], ["--task", "persons", "--format", "nothing"],
            ["--task", "persons", "--profile", "nothing"], ["--task", "persons", "--calibration", "x.json"],
            ["--task", "persons", "--model", "nothing"], ["--task", "persons", "--nothing"],
        ])
        func wrongUsageEndsWithTwo(_ arguments: [String]) async throws {
            try await withTemporaryFolder { home in
                let data = Self.data.appending(path: "coco-dev").path
                let child = try Child.start(["evaluate", "--data", data] + arguments, in: home)
                #expect(try await child.end() == 2, "\(child.errors)")
                #expect(child.output.isEmpty && !child.errors.isEmpty)
            }
        }

        @Test func absentDataAndAbsentModelsEndWithThree() async throws {
            try await withTemporaryFolder { home in
                let nowhere = home.appending(path: "nowhere").path
                for task in ["persons", "all"] {
                    let data = try await aibox("evaluate", "--task", task, "--data", nowhere, in: home)
                    #expect(data.status == 3 && data.errors.contains(nowhere) && data.output.isEmpty, "\(data)")
                }
                let models = try await aibox(
                    "evaluate", "--task", "persons", "--data", Self.data.appending(path: "coco-dev").path,
                    environment: ["AIBOX_MODELS": "", "AIBOX_MODEL_CACHE": nowhere], in: home)
                #expect(models.status == 3 && models.errors.contains("models pull"), "\(models)")
            }
        }
    }
}

/// What `aibox evaluate --json` prints of one task on one set.
struct EvaluationFigures: Decodable {
    struct Model: Decodable {
        var name: String
        var version: String
        var engine: String
    }
    struct Timing: Decodable {
        var p50: Double
        var p95: Double
    }
    struct Interval: Decodable {
        var low: Double
        var high: Double
    }
    struct LabelError: Decodable {
        var file: String
        var line: Int?
        var reason: String
    }
    /// A figure, or figures by rate.
    enum Metric: Decodable {
        case one(Double)
        case byRate([String: Double])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self =
                if let value = try? container.decode(Double.self) {
                    .one(value)
                } else {
                    .byRate(try container.decode([String: Double].self))
                }
        }
    }

    var task: String
    var data: String
    var items: Int
    var models: [Model]
    var metrics: [String: Metric]
    var timing: Timing
    var intervals: [String: Interval]
    var parts: [String: [String: Double]]
    var labelErrors: [LabelError]
    var failures: Int

    private enum CodingKeys: String, CodingKey {
        case task, data, items, models, metrics, intervals, parts, failures
        case timing = "timing_ms"
        case labelErrors = "label_errors"
    }

    /// Every figure by its name; of those by rate as `tar_at_far.1e-2`.
    var numbers: [String: Double] {
        var found: [String: Double] = [:]
        for (name, metric) in metrics {
            switch metric {
            case .one(let value): found[name] = value
            case .byRate(let values): for (rate, value) in values { found["\(name).\(rate)"] = value }
            }
        }
        return found
    }
}
