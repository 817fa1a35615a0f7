// What ImageJ measures of each object of a label image, as after "Analyze Particles": regions traced by the wand.
// java -cp ij.jar MeasureLabels.java labels.raw WIDTH HEIGHT results.csv
import ij.ImagePlus;
import ij.gui.PolygonRoi;
import ij.gui.Roi;
import ij.gui.Wand;
import ij.measure.Measurements;
import ij.measure.ResultsTable;
import ij.plugin.filter.Analyzer;
import ij.process.ByteProcessor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;

public class MeasureLabels {
    public static void main(String[] words) throws Exception {
        int width = Integer.parseInt(words[1]), height = Integer.parseInt(words[2]);
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(Path.of(words[0]))).order(ByteOrder.LITTLE_ENDIAN);
        int[] labels = new int[width * height];
        in.asIntBuffer().get(labels);
        TreeSet<Integer> names = new TreeSet<>();
        for (int label : labels) if (label > 0) names.add(label);
        int what = Measurements.AREA | Measurements.PERIMETER | Measurements.SHAPE_DESCRIPTORS | Measurements.FERET
            | Measurements.ELLIPSE | Measurements.RECT | Measurements.CENTROID;
        ResultsTable table = new ResultsTable();
        for (int name : names) {
            ByteProcessor picture = new ByteProcessor(width, height);
            int first = -1;
            for (int i = 0; i < labels.length; i++)
                if (labels[i] == name) {
                    picture.set(i, 255);
                    if (first < 0) first = i;
                }
            Wand wand = new Wand(picture);
            wand.autoOutline(first % width, first / width, 255.0, 255.0, Wand.EIGHT_CONNECTED);
            ImagePlus image = new ImagePlus("labels", picture);
            image.setRoi(new PolygonRoi(wand.xpoints, wand.ypoints, wand.npoints, Roi.TRACED_ROI));
            Analyzer analyzer = new Analyzer(image, what, table);
            analyzer.measure();
        }
        table.setPrecision(9);
        table.save(words[3]);
    }
}
