import AIBoxAPI
import Foundation
import Inference
import ModelCatalog
import Pipelines
import Settings

/// Processor and memory.
struct MachineExamination {
    func findings() -> [Finding] {
        let information = ProcessInfo.processInfo
        let memory = Double(information.physicalMemory) / 1e9
        return [
            Finding(level: .fine, subject: "aibox", text: AIBoxVersion.current),
            Finding(
                level: .fine, subject: "processor",
                text: "\(information.activeProcessorCount) cores, \(features.joined(separator: " "))"),
            Finding(
                level: memory < 1 ? .notice : .fine, subject: "memory",
                text: String(format: "%.1f GB", memory),
                remedy: memory < 1 ? "less than 1 GB: set parallel: 1 and use --profile fast" : nil),
        ]
    }

    /// Vector extensions that the engines use.
    private var features: [String] {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("flags") || $0.hasPrefix("Features") } ?? ""
        let known = ["sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_vnni", "amx_int8", "neon", "asimd", "asimddp"]
        let found = Set(line.split(separator: " ").map(String.init))
        return known.filter(found.contains)
    }
}

/// What differs from the defaults, and who said so.
struct SettingsExamination {
    let settings: Settings

    func findings() -> [Finding] {
        Setting.table.map(\.name).filter { settings.source(of: $0) != .default }.map { name in
            Finding(
                level: .fine, subject: "setting",
                text: "\(name.rawValue) = \(settings.display(of: name) ?? "") (\(settings.source(of: name)))")
        }
    }
}

struct EngineExamination {
    let engines: Engines
    let folders: [String]

    func findings() -> [Finding] {
        let isAnyThere = !engines.available.isEmpty
        return engines.entries.map { entry in
            switch entry.engine {
            case .success(let engine):
                Finding(level: .fine, subject: engine.name, text: engine.version)
            case .failure(let error):
                Finding(
                    level: isAnyThere ? .notice : .problem, subject: entry.name, text: error.message,
                    remedy: error.remedy ?? "looked in: \(folders.joined(separator: ", "))")
            }
        }
    }
}

/// The files of the models that the tasks need.
struct ModelExamination {
    let catalog: Catalog
    let store: ModelStore

    func findings() -> [Finding] {
        ServedTask.allCases.flatMap { task in task.roles.map { finding(of: $0, in: task) } }
    }

    private func finding(of role: ModelTask, in task: ServedTask) -> Finding {
        let candidates = catalog.candidates(for: role, serving: task).filter(\.hasPipeline)
        for (index, entry) in candidates.enumerated() {
            guard case .ready(let file) = store.state(of: entry) else { continue }
            let what = "\(task.rawValue): \(entry.identity), checksum right, \(file.path)"
            guard index > 0 else { return Finding(level: .fine, subject: "model", text: what) }
            return Finding(
                level: .notice, subject: "model", text: what,
                remedy: "in place of the default \(candidates[0].identity), whose file is not here")
        }
        return missing(candidates.first, task)
    }

    private func missing(_ entry: CatalogEntry?, _ task: ServedTask) -> Finding {
        guard let entry else {
            return Finding(level: .problem, subject: "model", text: "\(task.rawValue): none in the catalogue")
        }
        if case .corrupt(let file, let found) = store.state(of: entry) {
            return Finding(
                level: .problem, subject: "model", text: "\(entry.identity): \(file.path) has \(found)",
                remedy: "delete the file, then: aibox models pull \(entry.name)")
        }
        return Finding(
            level: .problem, subject: "model", text: "\(task.rawValue): \(entry.identity) is absent",
            remedy: "aibox models pull")
    }
}

/// Data folder, disk and port.
struct PlaceExamination {
    let folder: String
    let host: String
    let port: Int

    func findings() -> [Finding] { [folderFinding(), diskFinding(), portFinding()] }

    private func folderFinding() -> Finding {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let probe = folder + "/.doctor-\(UUIDv7())"
            try Data("x".utf8).write(to: URL(filePath: probe))
            try FileManager.default.removeItem(atPath: probe)
            return Finding(level: .fine, subject: "data folder", text: "\(folder) is writable")
        } catch {
            return Finding(
                level: .problem, subject: "data folder", text: "\(folder): \(error.localizedDescription)",
                remedy: "make it and give it to the user that runs aibox, or choose another with --data-dir")
        }
    }

    private func diskFinding() -> Finding {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        guard let free = attributes?[.systemFreeSize] as? Int else {
            return Finding(level: .notice, subject: "disk", text: "free space unknown")
        }
        let isLow = free < 1_000_000_000
        return Finding(
            level: isLow ? .notice : .fine, subject: "disk", text: "\(free / 1_000_000) MB free",
            remedy: isLow ? "less than 1 GB: writes will be refused when it is full" : nil)
    }

    private func portFinding() -> Finding {
        let isFree = PortProbe.isFree(host: host, port: port)
        return Finding(
            level: isFree ? .fine : .notice, subject: "port", text: "\(host):\(port) is \(isFree ? "free" : "in use")",
            remedy: isFree ? nil : "aibox is running already, or another program is: choose another with --port")
    }
}
