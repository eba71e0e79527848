import AIBoxAPI
import Foundation

/// Prints what was found, in the form that was asked for, and how far it is on a terminal.
struct AnalysisReport {
    enum Format { case table, json, csv }

    private struct Entry: Encodable {
        var file: String
        var result: AnalysisResult?
        var error: Problem?
    }

    let format: Format
    let total: Int
    private var progress: ProgressBar
    private var done = 0
    private var failed = 0
    private var isModelMissing = false
    private var entries: [Entry] = []
    private var rows: [[String]] = []

    init(format: Format, total: Int) {
        self.format = format
        self.total = total
        progress = ProgressBar(total: total)
        if format == .csv { print("file,task,label,confidence,x,y,width,height") }
    }

    mutating func add(_ file: String, _ result: AnalysisResult) {
        step(file)
        switch format {
        case .json: entries.append(Entry(file: file, result: result))
        case .csv: for item in result.items { print(csvLine(file, item)) }
        case .table: rows.append(contentsOf: tableRows(file, result))
        }
    }

    mutating func add(_ file: String, _ problem: Problem) {
        step(file)
        failed += 1
        if problem.type == "/problems/model-missing" { isModelMissing = true }
        progress.clear()
        StandardError.write("aibox: \(file): \(problem.detail ?? problem.title)\n")
        if format == .json { entries.append(Entry(file: file, error: problem)) }
    }

    /// - Throws: `CommandFailure` when a picture could not be analysed.
    func end() throws {
        progress.clear()
        switch format {
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes, .sortedKeys]
            print(String(decoding: try encoder.encode(entries), as: UTF8.self))
        case .csv: break
        case .table:
            guard !rows.isEmpty else { break }
            print(TextTable(["file", "task", "label", "confidence", "x", "y", "width", "height"], rows))
        }
        if failed > 0 {
            throw CommandFailure(
                "\(failed) of \(total) pictures could not be analysed", isModelMissing ? .absent : .failed)
        }
    }

    private mutating func step(_ file: String) {
        done += 1
        if total > 1 { progress.show(done: done, work: done, note: URL(filePath: file).lastPathComponent) }
    }

    private func tableRows(_ file: String, _ result: AnalysisResult) -> [[String]] {
        let items = result.items
        guard !items.isEmpty else { return [[file, "-", "nothing found", "", "", "", "", ""]] }
        return items.map { [file] + cells($0) }
    }

    private func csvLine(_ file: String, _ item: any AnalysisItem) -> String {
        let quoted = "\"" + file.replacing("\"", with: "\"\"") + "\""
        return ([quoted] + cells(item)).joined(separator: ",")
    }

    /// The label with what more is known of the item.
    private func name(of item: any AnalysisItem) -> String {
        switch item {
        case let person as PersonItem:
            let worn = (person.attributes ?? []).filter { $0.present == true }.map(\.name)
            return ([person.behavior ?? person.label] + worn).joined(separator: " ")
        case let vehicle as VehicleItem:
            return [vehicle.color?.name, vehicle.label].compactMap { $0 }.joined(separator: " ")
        case let plate as PlateItem: return [plate.label, plate.countryCode].compactMap { $0 }.joined(separator: " ")
        default: return item.label
        }
    }

    private func cells(_ item: any AnalysisItem) -> [String] {
        let box = item.boundingBox
        return [type(of: item).task.rawValue, name(of: item), String(item.confidence)]
            + [box.x, box.y, box.width, box.height].map { String($0) }
    }
}

extension AnalysisResult {
    /// All items, task by task.
    fileprivate var items: [any AnalysisItem] {
        (persons ?? []) as [any AnalysisItem] + (faces ?? []) + (vehicles ?? []) + (plates ?? []) + (poses ?? [])
    }
}
