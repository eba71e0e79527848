import Evaluation
import Foundation
import Imaging

/// The data sets that a command line names, each with a task.
struct EvaluationSets {
    private let command: Evaluate
    private let reader: DatasetReader

    init(_ command: Evaluate, limits: DecodeLimits) {
        self.command = command
        reader = DatasetReader { file in
            guard let bytes = FileManager.default.contents(atPath: file.path) else { return nil }
            let header = bytes.withUnsafeBytes { try? PictureDecoder(limits: limits).header($0) }
            return header.map { PictureSize(width: $0.width, height: $0.height) }
        }
    }

    /// - Throws: `CommandFailure` when there is nothing to measure.
    func all() throws -> [(EvaluationTask, Dataset)] {
        let place = URL(filePath: command.data)
        guard FileManager.default.fileExists(atPath: place.path) else {
            throw CommandFailure("\(command.data): no such file or folder", .absent)
        }
        guard let task = EvaluationTask(rawValue: command.task) else { return try everything(below: place) }
        let pictures = command.pictures.map { URL(filePath: $0) }
        return [(task, try dataset(place, pictures: pictures, keypoints: task == .poses, task: task))]
    }

    /// Every folder with labels below `root`, and every table of the label folder.
    private func everything(below root: URL) throws -> [(EvaluationTask, Dataset)] {
        var sets: [(EvaluationTask, Dataset)] = []
        for folder in try children(of: root) {
            guard let dataset = try? reader.read(folder, format: nil, pictures: nil, keypoints: false),
                !dataset.pictures.isEmpty
            else { continue }
            for task in EvaluationTask.tasks(of: dataset) { sets.append((task, prepared(dataset, for: task))) }
        }
        for table in try command.labels.map({ try children(of: URL(filePath: $0)) }) ?? []
        where table.pathExtension == "tsv" {
            let dataset = try dataset(table, pictures: root, keypoints: false, task: .attributes)
            for task in EvaluationTask.tasks(of: dataset) { sets.append((task, dataset)) }
        }
        guard !sets.isEmpty else { throw CommandFailure("there are no labelled pictures below \(command.data)") }
        return sets
    }

    private func children(of folder: URL) throws -> [URL] {
        do {
            return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .sorted { $0.lastPathComponent < $1.lastPathComponent }
        } catch {
            throw CommandFailure("\(folder.path) cannot be read: \(error.localizedDescription)", .absent)
        }
    }

    private func dataset(_ place: URL, pictures: URL?, keypoints: Bool, task: EvaluationTask) throws -> Dataset {
        do {
            let dataset = try reader.read(
                place, format: DatasetFormat(rawValue: command.format), pictures: pictures, keypoints: keypoints)
            guard !dataset.pictures.isEmpty else {
                let reasons = dataset.errors.prefix(5).map(\.description).joined(separator: "; ")
                throw CommandFailure("\(place.lastPathComponent) has no picture that can be used. \(reasons)")
            }
            // The tables of --task all say themselves what they label.
            guard command.task == "all" || task.isLabelled(in: dataset) else {
                throw CommandFailure(
                    "\(place.lastPathComponent) (\(dataset.format.rawValue)) has no labels for \(task.rawValue)")
            }
            return prepared(dataset, for: task)
        } catch let error as DatasetError {
            throw CommandFailure("\(error)")
        }
    }

    /// Pictures of people without attacks among them are taken for living ones.
    private func prepared(_ dataset: Dataset, for task: EvaluationTask) -> Dataset {
        guard task == .liveness, dataset.format == .pairs else { return dataset }
        var dataset = dataset
        for index in dataset.pictures.indices { dataset.pictures[index].isLive = true }
        return dataset
    }
}
