// What ImageJ makes of a file of regions: each filled with its number, in the order of the archive, and its area.
// java -cp ij.jar ReadRois.java RoiSet.zip WIDTH HEIGHT labels.raw ...  (32-bit little-endian numbers, row by row)
import ij.gui.Roi;
import ij.io.RoiDecoder;
import ij.process.ByteProcessor;
import ij.process.ImageStatistics;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

public class ReadRois {
    public static void main(String[] words) throws Exception {
        for (int i = 0; i < words.length; i += 4)
            read(words[i], Integer.parseInt(words[i + 1]), Integer.parseInt(words[i + 2]), words[i + 3]);
    }

    static void read(String source, int width, int height, String target) throws Exception {
        int[] labels = new int[width * height];
        try (ZipFile archive = new ZipFile(source)) {
            int number = 0;
            for (ZipEntry entry : archive.stream().toList()) {
                byte[] data = archive.getInputStream(entry).readAllBytes();
                Roi roi = new RoiDecoder(data, entry.getName()).getRoi();
                number++;
                ByteProcessor picture = new ByteProcessor(width, height);
                picture.setValue(255);
                picture.fill(roi);
                for (int i = 0; i < labels.length; i++) if (picture.get(i) != 0) labels[i] = number;
                picture.setRoi(roi);
                ImageStatistics measured = ImageStatistics.getStatistics(picture);
                System.out.println(entry.getName() + " " + roi.getTypeAsString() + " " + measured.pixelCount);
            }
        }
        ByteBuffer out = ByteBuffer.allocate(4 * labels.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int label : labels) out.putInt(label);
        Files.write(Path.of(target), out.array());
    }
}
