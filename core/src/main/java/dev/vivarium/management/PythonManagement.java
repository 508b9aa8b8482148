package dev.vivarium.management;

import dev.vivarium.Python;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.PerInterpreter;
import dev.vivarium.internal.thread.GilWaits;
import dev.vivarium.internal.thread.Insiders;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interpreters;
import dev.vivarium.internal.thread.WaitTally;
import dev.vivarium.pool.InterpreterPool;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * Registers the {@link PythonMXBean}, for JConsole, JMC and what else reads MBeans:
 *
 * <pre>{@code
 * PythonManagement.register(python);
 * }</pre>
 */
public final class PythonManagement {

  /** {@code dev.vivarium:type=Python}. */
  public static final ObjectName NAME = name();

  private static final PerInterpreter<Registered> REGISTERED =
      new PerInterpreter<>(home -> new Registered());

  private PythonManagement() {}

  private static ObjectName name() {
    try {
      return new ObjectName("dev.vivarium:type=Python");
    } catch (MalformedObjectNameException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Registers the bean with the platform's MBean server, until Python ends. A second time it does
   * nothing. For any thread, attached or not.
   *
   * @throws IllegalStateException if Python has ended, or something else has that name already
   */
  public static synchronized void register(Python python) {
    InterpreterState main = Interpreters.main();
    Home home = main == null ? null : Home.of(main);
    Objects.requireNonNull(python, "python");
    if (home == null || !python.main().isAlive()) {
      throw new IllegalStateException("Python has been closed: there is nothing to be seen of it");
    }
    if (REGISTERED.known(home) != null) {
      return;
    }
    try {
      server().registerMBean(new Bean(python), NAME);
    } catch (InstanceAlreadyExistsException e) {
      throw new IllegalStateException(
          "there is another MBean " + NAME + ": unregister it first", e);
    } catch (JMException e) {
      throw new IllegalStateException("cannot register " + NAME, e);
    }
    REGISTERED.set(home, new Registered());
    if (!python.main().isAlive()) { // the end may not have seen it
      unregister();
    }
  }

  /**
   * The bean without JMX, for what tells a metrics system in the same process. It may be asked at
   * any time: once Python has ended it has no interpreters.
   */
  public static PythonMXBean bean(Python python) {
    return new Bean(Objects.requireNonNull(python, "python"));
  }

  private static MBeanServer server() {
    return ManagementFactory.getPlatformMBeanServer();
  }

  private static void unregister() {
    try {
      server().unregisterMBean(NAME);
    } catch (InstanceNotFoundException e) {
      // Somebody else has
    } catch (JMException e) {
      throw new IllegalStateException("cannot unregister " + NAME, e);
    }
  }

  private static final class Registered implements PerInterpreter.Kept {
    @Override
    public void ended() {
      unregister();
    }
  }

  private record Bean(Python python) implements PythonMXBean {

    @Override
    public String getVersion() {
      return python.version().toString();
    }

    @Override
    public boolean isFreeThreaded() {
      return python.version().freeThreaded();
    }

    @Override
    public List<InterpreterInfo> getInterpreters() {
      List<InterpreterInfo> all = new ArrayList<>();
      for (InterpreterState one : Interpreters.living()) {
        all.add(
            new InterpreterInfo(
                one.id(),
                one.gil(),
                !one.gate().isOpen(),
                Insiders.count(one),
                one.gate().openHolds()));
      }
      return all;
    }

    @Override
    public List<GilWaitInfo> getGilWaits() {
      List<GilWaitInfo> all = new ArrayList<>();
      if (!isFreeThreaded()) {
        GilWaits.count();
        for (InterpreterState one : Interpreters.living()) {
          WaitTally tally = one.gilWaits();
          long millis = TimeUnit.NANOSECONDS.toMillis(tally.nanos());
          all.add(new GilWaitInfo(one.id(), tally.waits(), millis));
        }
      }
      return all;
    }

    @Override
    public List<PoolInfo> getPools() {
      return InterpreterPool.opened().stream().map(PoolInfo::of).toList();
    }

    @Override
    public String dumpThreads() {
      return python.dumpThreads();
    }
  }
}
