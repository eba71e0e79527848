import Evaluation
import Foundation
import Testing

@Suite struct DatasetReaderTests {
    @Test func yoloBoxesBecomePixelsAndEmptyPicturesStay() throws {
        let files = [
            "images/a.jpg": "", "images/b.png": "", "images/c.jpg": "",
            "labels/a.txt": "0 0.5 0.5 0.2 0.4\n\n79 0.1 0.2 0.1 0.2\n",
            "labels/b.txt": "",
        ]
        let data = try withFolder(files) { try reader.read($0) }
        #expect(data.format == .yolo && data.errors.isEmpty && data.categories.count == 80)
        #expect(data.pictures.map(\.id) == ["images/a.jpg", "images/b.png", "images/c.jpg"])
        #expect(data.pictures[0].objects.map(\.category) == ["person", "toothbrush"])
        let box = data.pictures[0].objects[0].box
        #expect(near(box.x, 80) && near(box.y, 30) && near(box.width, 40) && near(box.height, 40))
        #expect(data.pictures[1].objects.isEmpty && data.pictures[2].objects.isEmpty)
    }

    @Test(arguments: [
        ("0 0.5 0.5 0.2", "4 columns"), ("80 0.5 0.5 0.2 0.2", "class '80'"), ("-1 0.5 0.5 0.2 0.2", "class '-1'"),
        ("0 nan 0.5 0.2 0.2", "finite"), ("0 inf 0.5 0.2 0.2", "finite"), ("0 1e999 0.5 0.2 0.2", "finite"),
        ("0 0.5 0.5 1.2 0.2", "within 0 to 1"), ("0 0.9 0.5 0.5 0.2", "outside"), ("0 0.5 0.5 0 0.2", "empty"),
        ("person 0.5 0.5 0.2 0.2", "class 'person'"), ("0 0.5 0.5 0.2 0.2 1", "6 columns"),
    ])
    func aBrokenYOLOLineIsNamedAndTheOthersStay(_ line: String, _ reason: String) throws {
        let files = ["images/a.jpg": "", "labels/a.txt": "0 0.5 0.5 0.1 0.1\n\(line)\n0 0.2 0.2 0.1 0.1\n"]
        let data = try withFolder(files) { try reader.read($0, format: .yolo) }
        #expect(data.pictures[0].objects.count == 2)
        let error = try #require(data.errors.first)
        #expect(data.errors.count == 1 && error.file == "labels/a.txt" && error.line == 2)
        #expect(error.reason.contains(reason) && error.description.hasPrefix("labels/a.txt:2: "))
    }

    @Test func allBadLinesAreReportedUpToTheLimit() throws {
        var few = reader
        few.limits.errors = 3
        let files = ["images/a.jpg": "", "labels/a.txt": String(repeating: "x\n", count: 10), "labels/z.txt": ""]
        let data = try withFolder(files) { try few.read($0, format: .yolo) }
        #expect(data.errors.map(\.line) == [1, 2, 3] && data.omittedErrors == 8)
    }

    @Test func posesHaveSeventeenPoints() throws {
        let points = (0..<17).map { $0 == 0 ? "0.5 0.5 2" : $0 == 1 ? "0.4 0.5 1" : "0 0 0" }.joined(separator: " ")
        let good = "0 0.5 0.5 0.5 0.5 \(points)"
        let files = [
            "images/a.jpg": "",
            "labels/a.txt": [
                good, good.replacing("0.4 0.5 1", with: "0.4 0.5 3"), good.replacing("0.5 2", with: "1.5 2"),
            ]
            .joined(separator: "\n"),
        ]
        let data = try withFolder(files) { try reader.read($0) }
        #expect(data.format == .pose && data.errors.map(\.line) == [2, 3])
        let object = try #require(data.pictures.first?.objects.first)
        #expect(object.keypoints.count == 17 && object.keypoints[0].visibility == .visible)
        #expect(object.keypoints[1] == LabelledKeypoint(x: 80, y: 50, visibility: .hidden))
        #expect(near(object.area, 100 * 50 * 0.53))
    }

    @Test func cocoDocumentsAreReadAndBrokenPartsNamed() throws {
        let json = """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100},
              {"id": 2, "file_name": "../../etc/passwd", "width": 1, "height": 1}, {"id": 3}],
             "categories": [{"id": 1, "name": "person"}, {"id": 3, "name": "car"}],
             "annotations": [
              {"id": 1, "image_id": 1, "category_id": 3, "bbox": [10, 20, 30, 40], "area": 700, "iscrowd": 0,
               "segmentation": [[1, 2, 3]]},
              {"id": 2, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "iscrowd": 1, "area": 5, "ignore": 1},
              {"id": 3, "image_id": 9, "category_id": 1, "bbox": [0, 0, 20, 20]},
              {"id": 4, "image_id": 1, "category_id": 2, "bbox": [0, 0, 20, 20]},
              {"id": 5, "image_id": 1, "category_id": 1, "bbox": [190, 0, 20, 20]},
              {"id": 6, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20]},
              {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20]},
              {"id": 8, "image_id": "1", "category_id": 1, "bbox": [0, 0, 20, 20]},
              {"id": 9, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "keypoints": [1, 2, 2]}]}
            """
        let files = ["val2017/a.jpg": "", "annotations/instances.json": json]
        let data = try withFolder(files) { try reader.read($0) }
        #expect(data.format == .coco && data.pictures.map(\.id) == ["val2017/a.jpg"])
        #expect(data.categories == ["person", "car"])
        let objects = data.pictures[0].objects
        #expect(objects.map(\.category) == ["car", "person"] && objects[0].area == 700)
        #expect(objects[1].isCrowd && objects[1].isIgnored)
        let reasons = data.errors.map(\.reason)
        for (reason, part) in zip(
            reasons,
            [
                "no picture", "image 3 lacks", "image 9", "unknown category 2", "outside", "3 numbers", "occurs twice",
                "annotation 8 lacks", "17 finite keypoints",
            ])
        {
            #expect(reason.contains(part))
        }
        #expect(reasons.count == 9)
        let named = try withFolder(files) { try reader.read($0.appending(path: "annotations/instances.json")) }
        #expect(named.pictures == data.pictures.map { moved($0, to: named) })
    }

    private func moved(_ picture: LabelledPicture, to data: Dataset) -> LabelledPicture {
        var moved = picture
        moved.file = data.pictures[0].file
        return moved
    }

    @Test(arguments: ["{\"images\": [}", "[]", "{}", "", "{\"images\": [], \"annotations\": 3, \"categories\": []}"])
    func whatIsNoCOCODocumentIsThrown(_ text: String) throws {
        let error = try #require(throws: DatasetError.self) {
            try withFolder(["a.json": text]) { try reader.read($0) }
        }
        #expect(error.file == "a.json" && !error.reason.isEmpty)
    }

    @Test func peopleComeWithPairsAndGroups() throws {
        let files = [
            "Ann/1.jpg": "", "Ann/2.jpg": "", "Bob/1.jpg": "",
            "pairs.tsv": "image_a\timage_b\tsame\nAnn/1.jpg\tAnn/2.jpg\t1\nAnn/1.jpg\tBob/1.jpg\t0\n"
                + "Ann/1.jpg\tBob/1.jpg\t1\nAnn/1.jpg\t../x.jpg\t0\nAnn/1.jpg\tAnn/1.jpg\t1\nAnn/1.jpg\tBob/1.jpg\tno\nx\n",
            "groups.tsv": "person\tgroup\nAnn\tA\nBob\tB\nCyd\tC\nAnn\tB\nBob\n",
        ]
        let data = try withFolder(files) { try reader.read($0) }
        #expect(data.format == .pairs && data.pictures.map(\.person) == ["Ann", "Ann", "Bob"])
        #expect(data.pairs.map(\.isSame) == [true, false])
        #expect(data.errors.filter { $0.file == "pairs.tsv" }.map(\.line) == [4, 5, 6, 7, 8])
        #expect(data.errors.filter { $0.file == "groups.tsv" }.map(\.line) == [4, 5, 6])
        #expect(data.pictures.last?.group == "B")
    }

    @Test func platesHaveRegionsAndPicturesWithoutLabelsAreNamed() throws {
        let files = [
            "eu/a.jpg": "", "eu/a.txt": "a.jpg\t10\t20\t50\t20\tRK 123-AB\na.jpg\t60\t20\t50\t20\tXY1\n",
            "vn/b.jpg": "",
            "vn/c.jpg": "",
            "vn/b.txt": "b.jpg\t10\t20\t50\tx\tA1\nb.jpg\t10\t20\t500\t20\tA1\nq.jpg\t1\t2\t3\t4\tA\n"
                + "b.jpg\t1\t2\t30\t20\t\nb.jpg 1 2\n",
        ]
        let data = try withFolder(files) { try reader.read($0) }
        #expect(data.format == .plates && data.pictures.map(\.id) == ["eu/a.jpg", "vn/b.jpg"])
        #expect(data.pictures[0].region == "eu" && data.pictures[0].objects.map(\.text) == ["RK 123-AB", "XY1"])
        #expect(data.errors.map(\.file) == Array(repeating: "vn/b.txt", count: 5) + ["vn/c.jpg"])
        #expect(data.errors.prefix(5).map(\.line) == [1, 2, 3, 4, 5])
    }

    @Test func livenessFoldersTellTheKindOfAttack() throws {
        let files = ["live/a.jpg": "", "attack/print/b.jpg": "", "attack/c.png": "", "attack/notes.md": ""]
        let data = try withFolder(files) { try reader.read($0) }
        #expect(data.format == .liveness)
        #expect(data.pictures.map(\.attack) == ["attack", "print", nil])
        #expect(data.pictures.map(\.isLive) == [false, false, true])
    }

    @Test func attributeTablesAreReadGenerically() throws {
        let table =
            "# image\tx\ty\twidth\theight\tattributes\na/1.jpg\t0\t0\t50\t60\tbehavior=sitting;hard=1\n"
            + "a/1.jpg\t60\t0\t50\t60\tbehavior=\n../1.jpg\t0\t0\t5\t6\tk=v\n/etc/passwd\t0\t0\t5\t6\tk=v\n"
            + "a/1.jpg\t60\t0\t50\t60\tk=1;k=2\na/1.jpg\t60\t0\t50\t60\tcolor=red=ish\n"
        let data = try withFolder(["labels/t.tsv": table, "data/a/1.jpg": ""]) { folder in
            try reader.read(folder.appending(path: "labels/t.tsv"), pictures: folder.appending(path: "data"))
        }
        #expect(data.format == .attributes && data.attributeKeys == ["behavior", "color", "hard"])
        #expect(data.pictures.map(\.id) == ["a/1.jpg"] && data.pictures[0].objects.count == 2)
        #expect(data.pictures[0].objects[1].attributes == ["color": "red=ish"])
        #expect(data.errors.map(\.line) == [3, 4, 5, 6])
    }

    @Test func framesOfVideosAreNamedByNumber() throws {
        let table =
            "v/x.mp4#120\t0\t0\t500\t60\tposture=sitting\nv/x.mp4#-1\t0\t0\t5\t6\tk=v\n"
            + "v/x.mp4\t0\t0\t5\t6\tk=v\nv/y.mp4#1\t0\t0\t5\t6\tk=v\nv/x.mp4#1\t0\t0\t-5\t6\tk=v\n"
        let data = try withFolder(["t.tsv": table, "v/x.mp4": ""]) { try reader.read($0) }
        #expect(data.pictures.map(\.id) == ["v/x.mp4#120"] && data.pictures[0].frame == 120)
        #expect(data.pictures[0].file.lastPathComponent == "x.mp4" && data.errors.map(\.line) == [2, 3, 4, 5])
    }

    @Test func nothingOutsideOfTheFolderIsRead() throws {
        try withFolder(["set/images/a.jpg": "", "secret.txt": "0 0.5 0.5 0.1 0.1", "out.jpg": ""]) { folder in
            let set = folder.appending(path: "set")
            try FileManager.default.createDirectory(
                at: set.appending(path: "labels"), withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                at: set.appending(path: "labels/a.txt"), withDestinationURL: folder.appending(path: "secret.txt"))
            try FileManager.default.createSymbolicLink(
                at: set.appending(path: "images/b.jpg"), withDestinationURL: folder.appending(path: "out.jpg"))
            let data = try reader.read(set, format: .yolo)
            #expect(data.pictures.isEmpty && data.errors.map(\.file) == ["labels/a.txt"])
        }
    }

    @Test func giantFilesAndForeignFoldersAreRefused() throws {
        var small = reader
        small.limits.labelBytes = 100
        let data = try withFolder(["images/a.jpg": "", "labels/a.txt": String(repeating: " ", count: 101)]) {
            try small.read($0, format: .yolo)
        }
        #expect(data.errors.first?.reason.contains("larger than 100 bytes") == true)
        #expect(throws: DatasetError.self) { try withFolder(["readme.md": ""]) { try reader.read($0) } }
        #expect(throws: DatasetError.self) { try reader.read(URL(filePath: "/nowhere/at/all")) }
        var one = reader
        one.limits.pictures = 1
        #expect(throws: DatasetError.self) {
            try withFolder(["images/a.jpg": "", "images/b.jpg": "", "labels/a.txt": ""]) { try one.read($0) }
        }
    }

    @Test func bytesThatAreNoTextAreAnError() throws {
        try withFolder(["images/a.jpg": "", "labels/b.txt": ""]) { folder in
            try Data([0xFF, 0xFE, 0x00]).write(to: folder.appending(path: "labels/a.txt"))
            let data = try reader.read(folder, format: .yolo)
            #expect(data.errors.first?.reason == "is not UTF-8 text")
        }
    }
}
