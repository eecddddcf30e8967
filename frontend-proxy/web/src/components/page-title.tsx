/** The one heading of a page: names the document, and has the focus after a change of page. */

import { type ReactNode, useEffect, useRef } from 'react';
import { text } from '../strings';

interface Props {
  /** For the title of the document. */
  title: string;
  children: ReactNode;
  className?: string;
}

/** The browser itself puts the focus where it belongs when a document opens. */
let isFirstPage = true;

export function PageTitle({ title, children, className }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    document.title = text.title(title);
  }, [title]);

  useEffect(() => {
    if (!isFirstPage) heading.current?.focus({ preventScroll: true });
    isFirstPage = false;
  }, []);

  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  );
}
