import AIBoxAPI
import Evaluation
import Foundation
import Imaging
import ModelCatalog
import ModelServer
import Pipelines

/// One task on one data set: the cases run side by side, kept in a journal, and judged.
struct EvaluationRun {
    let task: EvaluationTask
    let dataset: Dataset
    let profile: ModelProfile
    let server: ModelServer
    /// Pictures at a time.
    let jobs: Int
    /// Where journals of unfinished runs lie.
    let folder: URL
    let falseAcceptRate: Double

    private var models: [LoadedModel] { server.analyzer.models.serving(task.served(dataset)) }

    /// - Throws: `CommandFailure` with status 3 when a model that the task needs is absent.
    func report() async throws -> EvaluationReport {
        for served in task.served(dataset).sorted(by: { $0.rawValue < $1.rawValue }) {
            if let reason = server.analyzer.models.reasonMissing(served) {
                throw CommandFailure("\(task.rawValue): \(reason.message)", .absent)
            }
        }
        let file = folder.appending(path: journalName)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let journal = try EvaluationJournal(file, model: fingerprint)
        try await runCases(journal)
        let input = EvaluationInput(
            dataset: dataset, outcomes: journal.outcomes, models: models.map(EvaluatedModel.init))
        var report = task.report(input, score: score, cosine: cosine)
        report.environment = Environment.facts + [("profile", profile.rawValue), ("pictures at a time", "\(jobs)")]
        report.checksums = try checksums()
        // A finished run is measured anew the next time.
        try? FileManager.default.removeItem(at: file)
        return report
    }

    private func runCases(_ journal: EvaluationJournal) async throws {
        let runner = CaseRunner(
            task: task, options: task.options(dataset, profile: profile), analyzer: server.analyzer)
        let pending = dataset.pictures.filter { $0.frame == nil && journal.outcomes[$0.id] == nil }
        if pending.count < dataset.pictures.count, !journal.outcomes.isEmpty {
            StandardError.write("aibox: going on with \(journal.outcomes.count) pictures that are done\n")
        }
        var progress = ProgressBar(total: pending.count)
        let note = "\(task.rawValue) on \(dataset.name)"
        var done = 0
        try await withThrowingTaskGroup(of: (String, CaseOutcome).self) { group in
            for (index, picture) in pending.enumerated() {
                if index >= jobs, let (id, outcome) = try await group.next() {
                    try journal.append(outcome, of: id)
                    done += 1
                    progress.show(done: done, work: done, note: note)
                }
                group.addTask { (picture.id, try await runner.outcome(of: picture)) }
            }
            for try await (id, outcome) in group {
                try journal.append(outcome, of: id)
                done += 1
                progress.show(done: done, work: done, note: note)
            }
        }
        progress.clear()
        try journal.synchronise()
    }

    /// The threshold of the first detector: what the product reports by default.
    private var score: Double { models.first?.entry.thresholds.score ?? 0.5 }

    /// The cosine at which the product decides.
    private var cosine: Double? {
        guard let model = models.first(where: { $0.entry.task == .faceEmbedding })?.entry else { return nil }
        return model.calibration?.cosine(falseAcceptRate: falseAcceptRate) ?? model.thresholds.score
    }

    /// What changes answers: models, engines, profile, this version, and which pictures they are.
    private var fingerprint: String {
        let place = dataset.pictures.first?.file.deletingLastPathComponent().standardizedFileURL.path ?? ""
        let parts =
            models.map { "\($0.entry.sha256) \($0.engine)" }
            + [profile.rawValue, task.rawValue, AIBoxVersion.current, place, "\(dataset.pictures.count)"]
        return FileChecksum.sha256(of: Data(parts.joined(separator: "\n").utf8))
    }

    private var journalName: String { "\(task.rawValue)-\(dataset.name)-\(fingerprint.prefix(12)).jsonl" }

    private func checksums() throws -> [(file: String, sha256: String)] {
        let files = models.map { (file: "model \($0.entry.identity)", sha256: $0.entry.sha256) }
        let labels = dataset.labelFiles.prefix(200).compactMap { file in
            FileManager.default.contents(atPath: file.path).map {
                (file: file.lastPathComponent, sha256: FileChecksum.sha256(of: $0))
            }
        }
        return files + labels
    }
}

extension EvaluatedModel {
    init(_ model: LoadedModel) {
        self.init(
            name: model.entry.name, version: model.entry.version, engine: model.engine, sha256: model.entry.sha256)
    }
}

/// What a figure was measured on.
enum Environment {
    static var facts: [(name: String, value: String)] {
        let process = ProcessInfo.processInfo
        return [
            ("system", process.operatingSystemVersionString), ("processor", processor),
            ("cores", "\(process.activeProcessorCount)"),
            ("memory", "\(process.physicalMemory >> 30) GiB"),
        ]
    }

    private static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("Model") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
}
